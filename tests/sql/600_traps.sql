-- The eleven traps in the text of the plan, each by its number.
begin;
select plan(24);

create function pg_temp.all_months(p_unit text, p_metric text, p_value numeric, p_last integer default 11) returns void language sql as $$
        select try.months(p_unit, p_metric, variadic (select array_agg(p_value) from generate_series(1, p_last)))
$$;
select pg_temp.all_months(u, 'workfile.online', 96), pg_temp.all_months(u, 'workfile.all', 100)
from unnest(array['nt-so-y-te', 'nt-ninh-son', 'nt-prtc-do-vinh']) u;
select pg_temp.all_months('nt-so-y-te', 'edoc.signed', 2499), pg_temp.all_months('nt-so-y-te', 'edoc.not_signed', 1);
select pg_temp.all_months('nt-ninh-son', 'edoc.signed', 0), pg_temp.all_months('nt-ninh-son', 'edoc.not_signed', 0);
select pg_temp.all_months('nt-so-y-te', 'dossier.online', 1), pg_temp.all_months('nt-so-y-te', 'dossier.received', 10);
select pg_temp.all_months('nt-so-tttt', 'dossier.online', 90), pg_temp.all_months('nt-so-tttt', 'dossier.received', 100);
select pg_temp.all_months('nt-thanh-tra', 'dossier.online', 0), pg_temp.all_months('nt-thanh-tra', 'dossier.received', 0);
select pg_temp.all_months('nt-so-khdt', 'dossier.online', 5, 10), pg_temp.all_months('nt-so-khdt', 'dossier.received', 5, 10);
-- Wards: three of them end on 31/10/2024.
select pg_temp.all_months(u, 'edoc.signed', 3, 10), pg_temp.all_months(u, 'edoc.not_signed', 0, 10)
from unnest(array['nt-prtc-my-huong', 'nt-prtc-tan-tai', 'nt-prtc-thanh-son']) u;
select pg_temp.all_months(u, 'edoc.signed', 5), pg_temp.all_months(u, 'edoc.not_signed', 0)
from unnest(array['nt-prtc-kinh-dinh', 'nt-prtc-phu-ha']) u;
select try.refresh();

select results_eq($$select try.unit(u, 'III.3b') from unnest(array['nt-so-y-te', 'nt-ninh-son', 'nt-prtc-do-vinh']) u$$,
        array['not_met 1056/1100 > 100', 'met 1056/1100 > 95', 'met 1056/1100 > 75'],
        'trap_01 the same 96 % against 100, 95 and 75');
select is((select array_agg(criterion order by ordinal) from api_v1.criteria
        where (select count(distinct t ->> 'value') from jsonb_array_elements(targets) t) > 1), array['III.3b'],
        'trap_01 no other criterion has targets that differ');
select is((select count(*) from api_v1.compliance where criterion in ('III.5a', 'III.5b', 'III.6a', 'III.7', 'III.8b') and status in ('met', 'not_met')),
        0::bigint, 'trap_01 no unit has met or missed what is asked of the province');
select is(try.unit('nt-so-y-te', 'III.3a'), 'not_met 27489/27500 > 100', 'trap_02 99.96 is not 100');
select is(comply.is_reached('ratio', 'at_least', 999999999999, 1000000000000, 100), false, 'trap_02 one of a million million is missing');
select is(try.unit('nt-ninh-son', 'III.3a'), 'no_figure 0/0 > 100', 'trap_03 a zero denominator is neither 0 % nor 100 %');
select is((select value from api_v1.compliance where unit = 'nt-ninh-son' and criterion = 'III.3a'), null, 'trap_03 it has no value');
select is(try.unit('nt-thanh-tra', 'III.5b'), 'no_figure 0/0 > -', 'trap_04 a report of zero');
select is(try.unit('nt-so-khdt', 'III.5b'), 'overdue 50/50 > -', 'trap_04 a missing report');
select is(try.unit('nt-mttq', 'III.5b'), 'not_applicable -/- > -', 'trap_04 not applicable');
select is(try.unit('nt-so-noi-vu', 'III.5b'), 'no_data -/- > -', 'trap_04 nothing ever reported');
select is((select array_agg(criterion order by ordinal) from api_v1.criteria where exclude ~* 'mật|cấm'),
        array['III.1a', 'III.1b', 'III.3a', 'III.3b', 'III.6a', 'III.7', 'III.8b'], 'trap_05 what is secret is named as left out where there can be any');
select is((select count(*) from information_schema.columns where table_schema in ('fact', 'ingest') and column_name ~ 'title|subject|content$'), 0::bigint,
        'trap_05 there is no place for titles');
select set_eq($$select distinct criterion from api_v1.compliance where level = 'M' and status = 'not_applicable'$$,
        array['III.1a', 'III.1b', 'III.3a', 'III.3b', 'III.4', 'III.5a', 'III.5b', 'III.6a', 'III.7', 'III.8b'],
        'trap_06 mass organisations are in the campaign and not bound by what binds administrative agencies');
select set_eq($$select distinct criterion from api_v1.compliance where level = 'X' and status = 'not_applicable'$$,
        array['III.1a', 'III.1b', 'III.7', 'III.8b'], 'trap_07 communes are not named by III.1');
select matches((select note from api_v1.criteria where criterion = 'III.5a'), 'mức độ 4.*toàn trình.*một phần', 'trap_08 the old word is explained where it matters');
select is(try.level(null, 'III.5b'), 'met 1051/1260 > 70, 3 of 89', 'trap_09 the province sums counts: 83 %, where the mean of shares is 67 %');
select is((select array_agg(criterion order by ordinal) from api_v1.criteria where criterion in ('III.7', 'III.8b') and province = 'count_units'),
        array['III.7', 'III.8b'], 'trap_09 III.7 and III.8b count units that pass');
select is((select to_on from api_v1.campaigns where campaign = 'ninh-thuan-2024'), date '2024-12-13', 'trap_10 the cut is Friday 13/12/2024');
select ok((select period_to > date '2024-12-13' from comply.periods('{year}', '15-14', '2024-01-01', '2024-12-31'))
        and (select content ->> 'note' like '%14/12/2024%' from api_v1.campaigns where campaign = 'ninh-thuan-2024'),
        'trap_10 the yearly period ends after it, and the campaign says so');
select is(try.unit('nt-prtc-kinh-dinh', 'III.3a'), 'met 115/115 > 100', 'trap_11 Kinh Dinh carries Mỹ Hương and Tấn Tài: 11 x 5 + 2 x 10 x 3');
select is(try.unit('nt-prtc-phu-ha', 'III.3a'), 'met 85/85 > 100', 'trap_11 Phủ Hà carries Thanh Sơn');
select is((select count(*) from api_v1.compliance where unit in ('nt-prtc-my-huong', 'nt-prtc-tan-tai', 'nt-prtc-thanh-son')), 0::bigint,
        'trap_11 the wards that ended have no row');
select is(try.level('X', 'III.3a'), 'met 200/200 > 100, 2 of 62', 'trap_11 and count once in their level');

select * from finish();
rollback;
