-- A figure of a closed period that becomes another is an event; everything else is not.
begin;
select plan(14);

create function pg_temp.events()
returns setof text
language sql
as $$
        select format('%s %s %s: %s > %s', unit, metric, to_char(period_to, 'MM-DD'), coalesce(value_before::text, 'null'), coalesce(value::text, 'null'))
        from api_v1.restatements order by restated_id
$$;
listen thidua_restated;

select try.month('nt-so-y-te', 'edoc.signed', 1, 10, p_known_at => '2024-02-01 08:00+07'), try.month('nt-so-y-te', 'edoc.signed', 2, 20, p_known_at => '2024-02-10 08:00+07'),
        try.month('nt-so-tttt', 'edoc.signed', 1, null, p_known_at => '2024-02-01 08:00+07'), try.refresh('2024-02-10');
select is_empty('select * from pg_temp.events()', 'what is stated for the first time restates nothing, however late');
select try.month('nt-so-y-te', 'edoc.signed', 1, 10, p_known_at => '2024-02-11 08:00+07'), try.refresh('2024-02-11');
select is_empty('select * from pg_temp.events()', 'nor does what is repeated');
-- February is not over on its last day.
select try.month('nt-so-y-te', 'edoc.signed', 2, 21, p_known_at => '2024-02-29 23:59+07'), try.refresh('2024-02-29');
select is_empty('select * from pg_temp.events()', 'what still runs may grow');
select try.month('nt-so-y-te', 'edoc.signed', 2, 22, p_known_at => '2024-03-01 00:00+07'), try.refresh('2024-03-01');
select results_eq('select * from pg_temp.events()', $$values ('nt-so-y-te edoc.signed 02-29: 21 > 22')$$, 'the minute after, it is closed');
select try.refresh('2024-03-01'), try.refresh('2024-03-02');
select is((select count(*)::integer from api_v1.restatements), 1, 'an event happens once');
-- To another figure, back again, both before anybody computes: two events.
select try.month('nt-so-y-te', 'edoc.signed', 1, 11, p_known_at => '2024-03-05 08:00+07'), try.month('nt-so-y-te', 'edoc.signed', 1, 10, p_known_at => '2024-03-05 09:00+07'),
        try.month('nt-so-tttt', 'edoc.signed', 1, 0, p_known_at => '2024-03-05 10:00+07'), try.refresh('2024-03-05');
select results_eq('select * from pg_temp.events() offset 1',
        $$values ('nt-so-y-te edoc.signed 01-31: 10 > 11'), ('nt-so-y-te edoc.signed 01-31: 11 > 10'), ('nt-so-tttt edoc.signed 01-31: null > 0')$$,
        'none in between is lost, and no figure, zero and a figure are three things');
select try.month('nt-so-y-te', 'edoc.signed', 1, null, p_known_at => '2024-03-06 08:00+07'), try.refresh('2024-03-06');
select results_eq('select * from pg_temp.events() offset 4', $$values ('nt-so-y-te edoc.signed 01-31: 10 > null')$$, 'a figure that is taken back');
-- The same figure with another remark is another statement, and no other figure.
select try.month('nt-so-y-te', 'edoc.signed', 2, 22, p_known_at => '2024-03-07 08:00+07', p_quality => 'disputed'), try.refresh('2024-03-07');
select is((select count(*)::integer from api_v1.restatements), 5, 'a dispute restates nothing');
-- The score of a year that still runs; and a metric that no campaign asks for.
select try.deliver(array['try.score'], array['nt-so-y-te'], array[date '2024-01-01'], array[date '2024-12-31'], array[v], 'year', p_known_at => k)
from (values (1::numeric, timestamptz '2024-03-08 08:00+07'), (2, '2024-03-09 08:00+07')) x (v, k);
select try.refresh('2024-03-09');
select is((select count(*)::integer from api_v1.restatements), 5, 'a running year is not closed');
select try.deliver(array['try.score'], array['nt-so-y-te'], array[date '2024-01-01'], array[date '2024-12-31'], array[3::numeric], 'year', p_known_at => '2025-01-02 08:00+07');
select try.refresh('2024-12-13');
select results_eq('select * from pg_temp.events() offset 5', $$values ('nt-so-y-te try.score 12-31: 2 > 3')$$, 'when it is over it is, whether or not a campaign takes the figure');

-- Told once, with how many there are.
select results_eq($$select total, unit, value_before, value, connector from comply.tell_restated(2)$$,
        $$values (6::bigint, 'nt-so-y-te', '21', '22', 'try'), (6, 'nt-so-y-te', '10', '11', 'try')$$, 'the first two of six');
select is_empty('select * from comply.tell_restated(2)', 'and then nothing is new');
select is((select count(*)::integer from api_v1.restatements), 6, 'the feed keeps them');
set local role thidua_reader;
select throws_ok('select * from comply.tell_restated(1)', '42501', null, 'a reader takes nothing away from the journal');

select * from finish();
rollback;
