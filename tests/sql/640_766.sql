-- The 766 index: the official score of a unit and the counts behind it side by side; default points explain nothing, and are not taken for a result.
begin;
select plan(11);

-- Two communes: one that works, and one of which the portal knows nothing, as it showed dozens in 2026: 16 points, 6 + 6 for complaints that nobody made, 2 + 2 by default.
create function pg_temp.state(p_unit text, p_metric text, p_value numeric, p_quality text default null)
returns bigint
language sql
as $$
        select d.observations from try.deliver(array[p_metric], array[p_unit], array[date '2026-01-01'], array[date '2026-12-31'], array[p_value], 'year',
                p_known_at => '2026-10-10 08:00+07', p_observed_at => '2026-10-10 08:00+07', p_quality => p_quality) d
$$;
select count(pg_temp.state(u, m, v)) from (values
        ('kh-do-vinh', 'kpi766.total', 71.5), ('kh-do-vinh', 'kpi766.tdgq', 19.2), ('kh-do-vinh', 'dossier.on_time', 960), ('kh-do-vinh', 'dossier.received', 1000),
        ('kh-do-vinh', 'payment.online', 30), ('kh-do-vinh', 'payment.all', 40),
        ('kh-do-vinh', 'kpi766.mdhl.petition_on_time.done', 3), ('kh-do-vinh', 'kpi766.mdhl.petition_on_time.all', 4),
        ('kh-do-vinh', 'kpi766.ckmb.publish.done', 87), ('kh-do-vinh', 'kpi766.ckmb.publish.all', 89),
        ('kh-dong-hai', 'kpi766.total', 16), ('kh-dong-hai', 'kpi766.tdgq', 0), ('kh-dong-hai', 'dossier.on_time', 0), ('kh-dong-hai', 'dossier.received', 0),
        ('kh-dong-hai', 'payment.online', null), ('kh-dong-hai', 'payment.all', null),
        ('kh-dong-hai', 'kpi766.mdhl.petition_on_time.done', 0), ('kh-dong-hai', 'kpi766.mdhl.petition_on_time.all', 0),
        ('kh-dong-hai', 'kpi766.ckmb.publish.done', 87), ('kh-dong-hai', 'kpi766.ckmb.publish.all', 89)) x (u, m, v);
select pg_temp.state('kh-do-vinh', 'kpi766.ckmb.sync.done', 50, 'TEMP_NATIONAL_REPORT_DENOMINATOR'), pg_temp.state('kh-do-vinh', 'kpi766.ckmb.sync.all', 50, 'TEMP_NATIONAL_REPORT_DENOMINATOR');
select try.refresh('2026-10-10');
create function pg_temp.seen(p_unit text)
returns text
language sql
as $$
        select string_agg(format('%s %s %s', criterion, status, coalesce(numerator::text, '-') || coalesce('/' || denominator::text, '')), ', ' order by criterion)
        from api_v1.compliance
        where campaign = 'khanh-hoa-766-2026' and unit = p_unit and criterion in ('766.don-vi', '766.TDGQ.don-vi', '766.tien-do', '766.thanh-toan', '766.phan-anh-dung-han')
$$;
select is(pg_temp.seen('kh-do-vinh'), '766.TDGQ.don-vi no_target 19.2, 766.don-vi no_target 71.5, 766.phan-anh-dung-han no_target 3/4, 766.thanh-toan no_target 30/40, 766.tien-do no_target 960/1000',
        'official scores beside the counts behind them');
-- 20 points x 960/1000.
select is((select 20 * t.numerator / t.denominator - s.numerator from api_v1.compliance t join api_v1.compliance s using (campaign, unit)
                where campaign = 'khanh-hoa-766-2026' and unit = 'kh-do-vinh' and t.criterion = '766.tien-do' and s.criterion = '766.TDGQ.don-vi'), 0::numeric, 'and they explain it');
select is(pg_temp.seen('kh-dong-hai'), '766.TDGQ.don-vi no_target 0, 766.don-vi no_target 16, 766.phan-anh-dung-han no_figure 0/0, 766.thanh-toan no_data -, 766.tien-do no_figure 0/0',
        'sixteen points by default: nobody complained is no figure, null is no data, and neither is zero');
select matches((select note from api_v1.criteria where campaign = 'khanh-hoa-766-2026' and criterion = '766.phan-anh-dung-han'), 'all 6 points by default', 'the rule says what the points are');
select is((select array_agg(level || ' ' || numerator || '/' || denominator || ', ' || units_counted) from api_v1.compliance_levels
                where campaign = 'khanh-hoa-766-2026' and criterion = '766.tien-do' and level = 'X'), array['X 960/1000, 1'], 'default points move no sum');
select is((select numerator || '/' || denominator from api_v1.compliance_levels where campaign = 'khanh-hoa-766-2026' and criterion = '766.phan-anh-dung-han' and scope = 'province'), '3/4',
        'nor the province''s');
select is((select count(*)::integer from api_v1.compliance_levels where campaign = 'khanh-hoa-766-2026' and scope = 'province'
                and criterion in ('766.cong-bo', '766.cap-nhat', '766.dong-bo', '766.don-vi', '766.TDGQ.don-vi')), 0, 'what the portal repeats for every unit, and scores, are added for nobody');
select results_eq($$select unit, numerator, denominator from api_v1.compliance where campaign = 'khanh-hoa-766-2026' and criterion = '766.cong-bo' and numerator is not null order by unit$$,
        $$values ('kh-do-vinh', 87::numeric, 89::numeric), ('kh-dong-hai', 87, 89)$$, 'they are shown as they are stated');
select is((select array_agg(distinct s ->> 'quality') from jsonb_array_elements(api_v1.explain('kh-do-vinh', '766.dong-bo', 'khanh-hoa-766-2026', '2026-10-10') -> 'statements') s),
        array['TEMP_NATIONAL_REPORT_DENOMINATOR'], 'a provisional denominator is named with the figure');
select is((select count(*)::integer from api_v1.compliance where campaign = 'khanh-hoa-766-2026' and status in ('met', 'not_met')), 0, 'no target was found, and none is invented');
select is((select count(*)::integer from api_v1.criteria where campaign = 'khanh-hoa-766-2026' and kind = 'ratio'), 9, 'nine pairs of counts');

select * from finish();
rollback;
