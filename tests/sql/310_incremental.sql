-- What is computed step by step equals what is computed at once, and depends on no order.
begin;
select plan(18);

create temporary table statement as
select row_number() over () as n, m.name as metric, u.code as unit, make_date(2024, month, 1) as period_from,
        (make_date(2024, month, 1) + interval '1 month')::date - 1 as period_to,
        -- Any mixture will do that has zeros, gaps and nulls and is the same every time.
        case when hashtext(g.gap || u.code || month) % 23 = 0 then null
                else abs(hashtext(u.code || m.name || month) % 4) end::numeric as value
from unnest(array['edoc.signed', 'edoc.not_signed', 'edoc.sent', 'workfile.online', 'workfile.all', 'dossier.online', 'dossier.received']) as m(name)
cross join (
        select code from registry.unit
        where code in ('nt-so-y-te', 'nt-so-tttt', 'nt-ninh-son', 'nt-prtc-kinh-dinh', 'nt-prtc-my-huong', 'nt-prtc-tan-tai', 'nt-prtc-do-vinh', 'nt-hoi-ccb')
) u
cross join generate_series(1, 11) as month
-- Most sources state all figures of a period or none: one of these does.
cross join lateral (select case u.code when 'nt-so-tttt' then 'all' else m.name end as gap) g
where hashtext(month || g.gap || u.code) % 17 <> 0;

create function pg_temp.bring(p_from bigint, p_to bigint, p_known_at timestamptz) returns bigint language sql as $$
        select sum(d.observations) from (
                select array_agg(metric order by n) as m, array_agg(unit order by n) as u, array_agg(period_from order by n) as f,
                        array_agg(period_to order by n) as t, array_agg(value order by n) as v
                from statement where n between p_from and p_to) s
        cross join lateral try.deliver(s.m, s.u, s.f, s.t, s.v, p_known_at => p_known_at) d
$$;
create function pg_temp.rows() returns setof text language sql as $$
        select (r.criterion_id, r.scope, r.level, r.unit_id, r.status, r.reason, r.numerator, r.denominator, r.value, r.target, r.units_bound,
                r.units_counted, r.units_passed, r.periods_due, r.periods_missing, r.period_from, r.period_to, r.observed_at, r.known_at)::text
        from comply.current c join comply.result r using (snapshot_id)
$$;

-- The row of a unit, taken apart, against the rows it is made of.
create function pg_temp.taken_apart() returns table (unit text, level text, criterion text, status text, numerator numeric, denominator numeric, value numeric, target numeric,
        periods_missing integer, reason text) language sql as $$
        select s.unit, s.level, c.key, c.value ->> 'status', (c.value ->> 'numerator')::numeric, (c.value ->> 'denominator')::numeric, (c.value ->> 'value')::numeric,
                (c.value ->> 'target')::numeric, (c.value ->> 'periods_missing')::integer, c.value ->> 'reason'
        from api_v1.standings s cross join lateral json_each(s.criteria) c where s.campaign = 'ninh-thuan-2024'
$$;
create function pg_temp.apart() returns table (unit text, level text, criterion text, status text, numerator numeric, denominator numeric, value numeric, target numeric,
        periods_missing integer, reason text) language sql as $$
        select unit, level, criterion, status, numerator, denominator, value, target, nullif(periods_missing, 0), reason from api_v1.compliance where campaign = 'ninh-thuan-2024'
$$;

select try.refresh();
select is((select count(*) from comply.dirty), 0::bigint, 'a refresh takes everything that was dirty');
select is_empty($$select * from comply.refresh('2024-12-13 12:00+07')$$, 'with nothing new there is nothing to compute');
-- Bit by bit, with a refresh between.
select pg_temp.bring(1, 100, '2024-12-01 08:00+07'), try.refresh(), pg_temp.bring(101, 101, '2024-12-02 08:00+07'), try.refresh(),
        pg_temp.bring(102, 300, '2024-12-03 08:00+07'), try.refresh(), pg_temp.bring(301, 9999, '2024-12-04 08:00+07');
select ok((select results < 1287 from comply.refresh('2024-12-13 12:00+07')), 'a refresh computes what changed');
select bag_eq('select * from pg_temp.taken_apart()', 'select * from pg_temp.apart()', 'one row a unit says what its rows say, kept step by step');
select is_empty($$
        select s.unit
        from api_v1.standings s
        join api_v1.compliance c on c.campaign = s.campaign and c.unit = s.unit
        group by s.unit, s.bound, s.met, s.not_met
        having (s.bound, s.met, s.not_met) <> (count(*) filter (where c.status <> 'not_applicable'), count(*) filter (where c.status = 'met'),
                count(*) filter (where c.status = 'not_met'))$$, 'and counts them');
create temporary table step_by_step as select * from pg_temp.rows() as r;
select ok((select count(distinct status) from api_v1.compliance) >= 4, 'the mixture is a mixture');
-- At once.
select is((select changed from comply.recompute('ninh-thuan-2024', '2024-12-13')), 0, 'a full computation changes nothing');
select set_eq('select * from pg_temp.rows()', 'table step_by_step', 'row by row');
select ok((select results > 1000 from comply.recompute('ninh-thuan-2024', '2024-06-30')), 'another day is computed');
select bag_eq('select * from pg_temp.taken_apart()', 'select * from pg_temp.apart()', 'and is not taken for today');
-- Plain figures are made of the newest beliefs by a shorter way; as known at an instant after all others the long way makes them.
select ok((select bool_or(is_plain) and not bool_and(is_plain) from comply.recipes((comply.newest_version('ninh-thuan-2024')).version_id, '2024-12-13', null)),
        'there are criteria of both ways');
select bag_eq(format('select * from comply.reckoned_rows(%s, %L, null, null, null)', (comply.newest_version('ninh-thuan-2024')).version_id, d.as_of),
        format('select * from comply.reckoned_rows(%s, %L, %L, null, null)', (comply.newest_version('ninh-thuan-2024')).version_id, d.as_of, 'infinity'),
        format('on %s both ways give the same figures, series and all', d.as_of))
from (values ('2024-12-13'), ('2024-07-20')) d(as_of);
-- The shorter way looks whether both figures of a ratio are about the same periods as it finds them in their key; small tables are read without one.
set local enable_seqscan = off;
select ok((select bool_or(x.online = x.received) and bool_or(x.online <> x.received)
        from (
                select array_agg(l.period_to order by l.period_to) filter (where m.name = 'dossier.online') as online,
                        array_agg(l.period_to order by l.period_to) filter (where m.name = 'dossier.received') as received
                from fact.latest l
                join registry.metric m on m.metric_id = l.metric_id
                where l.value is not null
                group by l.unit_id) x), 'some units state both figures of a ratio about the same periods, others do not');
select bag_eq(format('select * from comply.reckoned_rows(%s, %L, null, null, null)', (comply.newest_version('ninh-thuan-2024')).version_id, d.as_of),
        format('select * from comply.reckoned_rows(%s, %L, %L, null, null)', (comply.newest_version('ninh-thuan-2024')).version_id, d.as_of, 'infinity'),
        format('on %s both ways give the same figures out of the key', d.as_of))
from (values ('2024-12-13'), ('2024-07-20')) d(as_of);
set local enable_seqscan = on;
-- In another order.
-- When each figure became known differs then, the figures do not.
create function pg_temp.figures() returns setof text language sql as $$
        select regexp_replace(r, ',[^,]*$', '') from pg_temp.rows() r
$$;
create temporary table first_order as select * from pg_temp.figures() as r;
delete from comply.change;
delete from comply.result;
delete from comply.current;
delete from comply.snapshot;
delete from fact.latest;
delete from fact.observation;
update statement set n = 10000 - n;
select pg_temp.bring(1, 9800, '2024-12-01 08:00+07'), try.refresh(), pg_temp.bring(9801, 9999, '2024-12-02 08:00+07'), try.refresh();
select set_eq('select * from pg_temp.figures()', 'table first_order', 'the order of arrival does not matter');

-- A unit without data changes no other unit's figure.
select registry.load_units((
        select jsonb_agg(jsonb_build_object('code', u.unit, 'name', u.name, 'kind', u.kind, 'level', u.level, 'parent_code', u.parent,
                'gso_code', u.gso_code, 'valid_from', coalesce(to_char(u.valid_from, 'YYYY-MM-DD'), ''),
                'valid_to', coalesce(to_char(u.valid_to, 'YYYY-MM-DD'), ''), 'note', u.note))
        from api_v1.units u) || '[{"code": "nt-moi", "name": "Sở Mới", "kind": "so_ban_nganh", "level": "province", "parent_code": "H43"}]');
create temporary table before as select unit, criterion, status, numerator, denominator from api_v1.compliance;
select try.refresh();
select set_eq($$select unit, criterion, status, numerator, denominator from api_v1.compliance where unit <> 'nt-moi'$$, 'table before',
        'a unit without data changes nothing for the others');

select * from finish();
rollback;
