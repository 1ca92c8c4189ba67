-- Who owes which figure by when: every period of the campaign is a row, silence too.
begin;
select plan(11);

select try.months('nt-so-y-te', 'workfile.online', 10, 10, null, 10), try.months('nt-so-y-te', 'workfile.all', 10, 10, null, 10);
create temporary table calendar as
select * from api_v1.expected_data_as_of('ninh-thuan-2024', '2024-06-05');

select results_eq($$select state, count(*)::integer from calendar where unit = 'nt-so-y-te' and criterion = 'III.3b' group by state order by state$$,
        $$values ('awaited', 1), ('delivered', 3), ('not_yet', 6), ('overdue', 1)$$, 'eleven months end before the campaign does');
select results_eq($$select period_from, due_on, days_late from calendar where unit = 'nt-so-y-te' and criterion = 'III.3b' and state = 'overdue'$$,
        $$values (date '2024-03-01', date '2024-04-10', 56)$$, 'the missing month is owed since ten days after its end');
select is((select due_on from calendar where unit = 'nt-so-y-te' and criterion = 'III.3b' and state = 'awaited'), date '2024-06-10', 'May is over and not owed yet');
select results_eq($$select min(period_from), max(period_to) from calendar where unit = 'nt-so-y-te' and criterion = 'III.6a'$$,
        $$values (date '2023-12-15', date '2024-11-14')$$, 'reporting months run from the 15th to the 14th');
select is((select state from calendar where unit = 'nt-so-y-te' and criterion = 'III.2'), 'silent', 'a state that was never stated is silence');
select is((select count(*)::integer from calendar where criterion = 'III.3b' and unit = 'nt-hoi-ccb'), 0, 'who is not bound owes nothing');
select is((select state from calendar where criterion = 'III.6b'), 'silent', 'the province owes its own figure');
select is((select periods_missing from api_v1.compliance_as_of('ninh-thuan-2024', '2024-06-05') where unit = 'nt-so-y-te' and criterion = 'III.3b'),
        (select count(*)::integer from calendar where unit = 'nt-so-y-te' and criterion = 'III.3b' and state = 'overdue'), 'compliance counts the same');
select is_empty($$
        select c.unit, c.criterion from api_v1.compliance_as_of('ninh-thuan-2024', '2024-06-05') c
        left join calendar e on e.counts_for = c.unit and e.criterion = c.criterion and e.state in ('overdue', 'delivered') and e.due_on <= '2024-06-05'
        where c.scope = 'unit' and c.periods_due is not null
        group by c.unit, c.criterion, c.periods_due
        having count(e.unit) <> c.periods_due
$$, 'what is owed is what compliance counts as owed');

create temporary table after_merger as select * from api_v1.expected_data_as_of('ninh-thuan-2024', '2024-12-12') where criterion = 'III.3b';
select is((select max(period_to) from after_merger where unit = 'nt-prtc-kinh-dinh' and counts_for = 'nt-prtc-kinh-dinh'), date '2024-11-30', 'the successor owes on');
select ok((select bool_and(period_to <= '2024-10-31') and count(*) >= 10 from after_merger where unit <> counts_for), 'a ward that was merged owes its last month, not a later one');

select * from finish();
rollback;
