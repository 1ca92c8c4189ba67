-- The outlook by hand: means, range, what is missing; none without a series.
begin;
select plan(22);

-- Seven months: 90, 90, 90, 100, 100, 100, 100 of 100. The newest six together: 580 of 600.
select try.months('nt-so-y-te', 'workfile.online', 90, 90, 90, 100, 100, 100, 100),
        try.months('nt-so-y-te', 'workfile.all', 100, 100, 100, 100, 100, 100, 100),
        try.months('nt-ninh-hai', 'workfile.online', 97, 97, 97, 97, 97, 97, 97),
        try.months('nt-ninh-hai', 'workfile.all', 100, 100, 100, 100, 100, 100, 100),
        try.months('nt-bac-ai-phuoc-dai', 'workfile.online', 70, 70, 70, 72, 72, 80, 80),
        try.months('nt-bac-ai-phuoc-dai', 'workfile.all', 100, 100, 100, 100, 100, 100, 100),
        try.months('nt-so-noi-vu', 'workfile.online', 10, 10), try.months('nt-so-noi-vu', 'workfile.all', 10, 10),
        try.months('nt-so-y-te', 'dossier.online', 1, 1, 1, 1), try.months('nt-so-y-te', 'dossier.received', 1, 1, 1, 1);
create temporary table seen as select * from api_v1.outlook_as_of('ninh-thuan-2024', '2024-08-12') where criterion in ('III.3b', 'III.5b', 'III.2');

select is((select review_on from seen where unit = 'nt-so-y-te' and criterion = 'III.3b'), date '2024-12-13', 'until the next review');
select is((select status from seen where unit = 'nt-so-y-te' and criterion = 'III.3b'), 'at_risk', '100 % cannot come any more');
-- Four months are to come, 400 files; all 1,100 would have to be online and 30 are not: 430 of 400 are missing.
select results_eq($$select more_expected, missing, is_out_of_reach from seen where unit = 'nt-so-y-te' and criterion = 'III.3b'$$,
        $$values (400::numeric, 430::numeric, true)$$, 'out of reach');
select is((select trend from seen where unit = 'nt-so-y-te' and criterion = 'III.3b'), 'rising', 'though rising');
-- 670 + 400 x 580/600 = 1056.67 of 1100; at worst 670 + 360, at best 670 + 400.
select results_eq($$select round(expected_value, 2), round(expected_low, 2), round(expected_high, 2) from seen where unit = 'nt-so-y-te' and criterion = 'III.3b'$$,
        $$values (96.06, 93.64, 97.27)$$, 'expected value and range');
select results_eq($$select status, trend, missing, expected_value from seen where unit = 'nt-ninh-hai' and criterion = 'III.3b'$$,
        $$values ('on_track', 'steady', 366::numeric, 97::numeric)$$, 'on track: 366 of the next 400 would do');
-- 514 of 700; 75 % of 1,100 are 825: 311 of the next 400. As before (444 of 600) there would come 296.
select results_eq($$select status, missing, is_out_of_reach from seen where unit = 'nt-bac-ai-phuoc-dai' and criterion = 'III.3b'$$,
        $$values ('at_risk', 311::numeric, false)$$, 'at risk: more is missing than will come by itself');
select results_eq($$select no_outlook, steps, status, expected_value from seen where unit = 'nt-so-noi-vu' and criterion = 'III.3b'$$,
        $$values ('short_series', 2, 'overdue', null::numeric)$$, 'two months are no series');
select is((select no_outlook from seen where unit = 'nt-so-y-te' and criterion = 'III.5b'), 'no_target', 'without a target of the unit there is nothing to miss');
select is((select no_outlook from seen where unit = 'nt-so-y-te' and criterion = 'III.2'), 'state', 'a state is no series');
select is((select review_on from api_v1.outlook_as_of('ninh-thuan-2024', '2024-05-12') limit 1), date '2024-06-30', 'the first review comes first');
select is((select count(*)::integer from api_v1.outlook_as_of('ninh-thuan-2024', '2024-12-13') where no_outlook is null), 0, 'a campaign that is over has none');
select is((select count(*)::integer from api_v1.outlook_as_of('ninh-thuan-2024', '2024-08-12', '2024-08-12 00:00+07') where no_outlook is null), 0,
        'nothing was known then');
select is((select count(distinct unit)::integer from seen where criterion = 'III.3b'),
        (select count(distinct unit)::integer from api_v1.compliance_as_of('ninh-thuan-2024', '2024-08-12') where criterion = 'III.3b' and status not in ('not_applicable')),
        'every bound unit has a row');

-- The words stand beside the status of the day as well, as results and not only in the outlook.
select try.refresh('2024-08-12');
select bag_eq($$select criterion, unit, prospect from api_v1.compliance where campaign = 'ninh-thuan-2024' and prospect is not null$$,
        $$select criterion, unit, status from api_v1.outlook where campaign = 'ninh-thuan-2024' and no_outlook is null$$, 'compliance has the prospect that the outlook explains');
select results_eq($$select unit, status, prospect from api_v1.compliance where criterion = 'III.3b' and campaign = 'ninh-thuan-2024'
                and unit in ('nt-so-y-te', 'nt-ninh-hai', 'nt-bac-ai-phuoc-dai', 'nt-so-noi-vu') order by unit$$,
        $$values ('nt-bac-ai-phuoc-dai', 'not_met', 'at_risk'), ('nt-ninh-hai', 'met', 'on_track'), ('nt-so-noi-vu', 'overdue', null), ('nt-so-y-te', 'not_met', 'at_risk')$$,
        'judged by what has come, with where it is heading beside it');
-- A campaign may say that nobody has met or missed anything before it is over.
select registry.load_campaign(content || '{"campaign": "con-mo", "while_open": "prospect"}') is not null as loaded from api_v1.campaigns where campaign = 'ninh-thuan-2024';
select try.refresh('2024-08-12');
select results_eq($$select unit, status, prospect from api_v1.compliance where criterion = 'III.3b' and campaign = 'con-mo'
                and unit in ('nt-so-y-te', 'nt-ninh-hai', 'nt-bac-ai-phuoc-dai', 'nt-so-noi-vu') order by unit$$,
        $$values ('nt-bac-ai-phuoc-dai', 'at_risk', 'at_risk'), ('nt-ninh-hai', 'on_track', 'on_track'), ('nt-so-noi-vu', 'overdue', null), ('nt-so-y-te', 'at_risk', 'at_risk')$$,
        'the status is the prospect; what is missing is still missing');
select is((select count(*)::integer from api_v1.compliance a join api_v1.compliance b using (unit, criterion)
                where a.campaign = 'ninh-thuan-2024' and b.campaign = 'con-mo'
                        and (a.numerator, a.denominator, a.target, a.prospect) is distinct from (b.numerator, b.denominator, b.target, b.prospect)), 0, 'no figure differs');
select is((select criteria #>> '{III.3b,prospect}' from api_v1.standings where campaign = 'con-mo' and unit = 'nt-ninh-hai'), 'on_track', 'one row a unit says so too');
-- 444 of the newest 600 files become 600 of 600, and the change feed has the word that changed with them.
select try.months('nt-bac-ai-phuoc-dai', 'workfile.online', null, 100, 100, 100, 100, 100, 100), try.refresh('2024-08-12');
select results_eq($$select status_before, status from api_v1.changes where campaign = 'con-mo' and unit = 'nt-bac-ai-phuoc-dai' and criterion = 'III.3b'
                order by change_id desc limit 1$$, $$values ('at_risk', 'on_track')$$, 'the change feed tells who is back on track');
select try.refresh('2024-12-13');
select is((select count(*)::integer from api_v1.compliance where campaign = 'con-mo' and (status in ('on_track', 'at_risk') or prospect is not null)), 0,
        'on the last day everything is met or not');
select throws_like($$select registry.load_campaign(content || '{"while_open": "maybe"}') from api_v1.campaigns where campaign = 'con-mo'$$, '%while_open%judged, prospect%',
        'another word is refused');

select * from finish();
rollback;
