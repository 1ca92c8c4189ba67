-- The reform of 1/7/2025 on the real lists of units: districts are gone, wards of Ninh Thuận have become wards of Khánh Hòa.
begin;
select plan(15);

select ingest.make_partitions(d) from generate_series(timestamptz '2025-01-15 00:00+00', '2025-10-15 00:00+00', '3 months') d;

-- A year of the new province that measures months from before there was one.
select registry.load_campaign(c.content || jsonb_build_object('campaign', 'cai-cach', 'province', 'H32', 'from', '2025-01-01', 'to', '2025-12-31',
        'measure', jsonb_build_object('from', '2025-01-01', 'to', '2025-12-31'), 'reviews', '[]'::jsonb,
        'criteria', (select jsonb_agg(k) from jsonb_array_elements(c.content -> 'criteria') k where k ->> 'id' in ('III.3b', 'III.6a'))))
from api_v1.campaigns c where c.campaign = 'ninh-thuan-2024';

create function pg_temp.months(p_unit text, p_metric text, p_first integer, p_last integer, p_value numeric)
returns void
language sql
as $$
        select try.deliver(array_agg(p_metric), array_agg(p_unit), array_agg(make_date(2025, m, 1)),
                array_agg((make_date(2025, m, 1) + interval '1 month')::date - 1), array_agg(p_value), p_known_at => '2025-10-20 08:00+07')
        from generate_series(p_first, p_last) as m
$$;
select pg_temp.months(u, 'workfile.online', 1, 6, 10), pg_temp.months(u, 'workfile.all', 1, 6, 20)
from unnest(array['nt-prtc-phu-ha', 'nt-prtc-kinh-dinh', 'nt-prtc-dao-long', 'nt-prtc-dai-son', 'nt-prtc-dong-hai', 'nt-prtc', 'nt-so-noi-vu']) u;
select pg_temp.months(u, 'workfile.online', 7, 9, 1), pg_temp.months(u, 'workfile.all', 7, 9, 2)
from unnest(array['kh-phan-rang', 'kh-dong-hai', 'kh-so-noi-vu']) u;
select try.deliver(array['report.sent', 'report.due'], array['nt-prtc-phu-ha', 'nt-prtc-phu-ha'], array[date '2025-01-15', '2025-01-15'],
        array[date '2025-02-14', '2025-02-14'], array[3, 3]::numeric[], p_calendar => '15-14', p_known_at => '2025-10-20 08:00+07');

create temporary table seen as select * from api_v1.compliance_as_of('cai-cach', '2025-10-20');

select is((select count(*) from api_v1.compliance_as_of('cai-cach', '2025-06-30') where scope = 'unit'), 0::bigint, 'the day before, no unit of the new province exists');
select is((select count(*) from seen where level = 'H'), 0::bigint, 'the day after, there are no districts: their target has no addressee');
select isnt((select count(*) from seen where level = 'X' and scope = 'unit'), 0::bigint, 'communes there are');
select is((select count(*) from seen where unit like 'nt-%'), 0::bigint, 'and none of the old ones');

select is((select try.shown(status, numerator, denominator, target) from seen where unit = 'kh-phan-rang' and criterion = 'III.3b'), 'not_met 243/486 > 75',
        'four wards became one: six months of each, three of its own');
select is((select periods_due from seen where unit = 'kh-phan-rang' and criterion = 'III.3b'), 27, 'and owes no month of a ward that was gone before');
select is(api_v1.explain('kh-phan-rang', 'III.3b', 'cai-cach', '2025-10-20') -> 'carried_from',
        '["nt-prtc-dai-son", "nt-prtc-dao-long", "nt-prtc-kinh-dinh", "nt-prtc-my-huong", "nt-prtc-phu-ha", "nt-prtc-tan-tai", "nt-prtc-thanh-son"]',
        'whose figures it carries is said, those merged twice included');
select is((select count(*) from jsonb_array_elements(api_v1.explain('kh-phan-rang', 'III.3b', 'cai-cach', '2025-10-20') -> 'statements') s
        where s ->> 'unit' = 'nt-prtc-dai-son' and (s ->> 'used')::boolean and s ->> 'role' = 'numerator'), 6::bigint, 'each figure is shown under the unit that stated it');

select is((select try.shown(status, numerator, denominator, target) from seen where unit = 'kh-dong-hai' and criterion = 'III.3b'), 'overdue 3/6 > 75',
        'a ward that was divided hands nothing on: nobody can say whose its figures are');
select is((select periods_missing from seen where unit = 'kh-dong-hai' and criterion = 'III.3b'), 18, 'the three that came whole and were silent are missed');
select is(api_v1.explain('kh-dong-hai', 'III.3b', 'cai-cach', '2025-10-20') -> 'carried_from', '["nt-prtc-my-binh", "nt-prtc-my-dong", "nt-prtc-my-hai"]',
        'the divided one is not among those carried');

select is((select try.shown(status, numerator, denominator, target) from seen where unit = 'kh-phan-rang' and criterion = 'III.6a'), 'no_data -/- > -',
        'a criterion that does not carry has nothing of its predecessor');
select is((select numerator || '/' || denominator from seen where unit = 'kh-so-noi-vu' and criterion = 'III.3b'), '3/6',
        'a department that no act names as successor begins anew, its namesake''s figures are not guessed to be its own');
select is((select numerator || '/' || denominator from seen where scope = 'level' and level = 'X' and criterion = 'III.3b'), '246/492', 'in the sum each counts once');
select is((select count(*) from api_v1.figures where unit in ('nt-prtc', 'nt-so-noi-vu') and metric = 'workfile.all'), 12::bigint,
        'what nobody carries is still there to be read');

select * from finish();
rollback;
