-- Results kept equal to the figures: what a delivery dirtied is computed anew, a new day or new rules compute everything.

create or replace function comply.affected_units(p_units integer[], p_as_of date)
returns integer[]
language sql
stable
begin atomic
        select array_agg(distinct u.unit_id)
        from (
                select d.unit_id from unnest(p_units) as d(unit_id)
                union all
                select k.unit_id from comply.carried(p_as_of) k where k.contributor_id = any (p_units)
        ) u;
end;
comment on function comply.affected_units(integer[], date) is 'The units whose figures change with the figures of p_units.';

-- Rows of one snapshot become p_rows, as far as criteria and units reach; what differs from p_before goes into the log.
create or replace function comply.store(p_snapshot_id bigint, p_before bigint, p_rows comply.result[], p_criteria integer[],
        p_units integer[], p_is_current boolean, p_now timestamptz)
returns integer
language plpgsql
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
declare
        v_changed integer;
begin
        with new as materialized (
                select r.*, c.code
                from unnest(p_rows) r
                join registry.criterion c on c.criterion_id = r.criterion_id
        ),
        old as materialized (
                select r.*, c.code
                from comply.result r
                join registry.criterion c on c.criterion_id = r.criterion_id
                where r.snapshot_id = p_before
                        and (p_criteria is null or r.criterion_id = any (p_criteria))
                        and (p_units is null or r.scope <> 'unit' or r.unit_id = any (p_units))
        ),
        difference as (
                select coalesce(n.criterion_id, o.criterion_id) as criterion_id, coalesce(n.scope, o.scope) as scope,
                        coalesce(n.level, o.level) as level, coalesce(n.unit_id, o.unit_id) as unit_id,
                        o.status as status_before, n.status, o.numerator as numerator_before, n.numerator,
                        o.denominator as denominator_before, n.denominator
                from new n
                full join old o
                        on o.code = n.code
                        and o.scope = n.scope
                        and coalesce(o.level, '') = coalesce(n.level, '')
                        and coalesce(o.unit_id, 0) = coalesce(n.unit_id, 0)
                where (o.status, o.numerator, o.denominator, o.target) is distinct from (n.status, n.numerator, n.denominator, n.target)
        ),
        logged as (
                insert into comply.change (snapshot_id, changed_at, criterion_id, scope, level, unit_id, status_before, status,
                        numerator_before, numerator, denominator_before, denominator)
                select p_snapshot_id, p_now, d.criterion_id, d.scope, d.level, d.unit_id, d.status_before, d.status,
                        d.numerator_before, d.numerator, d.denominator_before, d.denominator
                from difference d
                join registry.criterion c on c.criterion_id = d.criterion_id
                where p_is_current
                order by c.ordinal, d.scope, d.level, d.unit_id
        ),
        gone as (
                delete from comply.result r
                where r.snapshot_id = p_snapshot_id
                        and (p_criteria is null or r.criterion_id = any (p_criteria))
                        and (p_units is null or r.scope <> 'unit' or r.unit_id = any (p_units))
                        and not exists (
                                select
                                from new n
                                where n.criterion_id = r.criterion_id
                                        and n.scope = r.scope
                                        -- Equalities, so that they can be hashed: "is not distinct from" compares every row with every other.
                                        and coalesce(n.level, '') = coalesce(r.level, '')
                                        and coalesce(n.unit_id, 0) = coalesce(r.unit_id, 0))
        ),
        there as (
                select r.*
                from comply.result r
                where r.snapshot_id = p_snapshot_id
                        and (p_criteria is null or r.criterion_id = any (p_criteria))
                        and (p_units is null or r.scope <> 'unit' or r.unit_id = any (p_units))
        ),
        -- A row that is as it was is not even locked.
        other as (
                select n.*
                from new n
                left join there r
                        on r.criterion_id = n.criterion_id
                        and r.scope = n.scope
                        and coalesce(r.level, '') = coalesce(n.level, '')
                        and coalesce(r.unit_id, 0) = coalesce(n.unit_id, 0)
                where (r.status, r.reason, r.numerator, r.denominator, r.value, r.target, r.units_bound, r.units_counted, r.units_passed, r.periods_due,
                                r.periods_missing, r.period_from, r.period_to, r.observed_at, r.known_at, r.prospect)
                        is distinct from
                        (n.status, n.reason, n.numerator, n.denominator, n.value, n.target, n.units_bound, n.units_counted, n.units_passed, n.periods_due,
                                n.periods_missing, n.period_from, n.period_to, n.observed_at, n.known_at, n.prospect)
        ),
        kept as (
                insert into comply.result as r (snapshot_id, criterion_id, scope, level, unit_id, status, reason, numerator, denominator, value,
                        target, units_bound, units_counted, units_passed, periods_due, periods_missing, period_from, period_to,
                        observed_at, known_at, prospect)
                select p_snapshot_id, n.criterion_id, n.scope, n.level, n.unit_id, n.status, n.reason, n.numerator, n.denominator, n.value,
                        n.target, n.units_bound, n.units_counted, n.units_passed, n.periods_due, n.periods_missing, n.period_from, n.period_to,
                        n.observed_at, n.known_at, n.prospect
                from other n
                on conflict on constraint result_snapshot_criterion_scope_level_unit_uq do update
                set status = excluded.status, reason = excluded.reason, numerator = excluded.numerator, denominator = excluded.denominator,
                        value = excluded.value, target = excluded.target, units_bound = excluded.units_bound,
                        units_counted = excluded.units_counted, units_passed = excluded.units_passed, periods_due = excluded.periods_due,
                        periods_missing = excluded.periods_missing, period_from = excluded.period_from, period_to = excluded.period_to,
                        observed_at = excluded.observed_at, known_at = excluded.known_at, prospect = excluded.prospect
        )
        select count(*) into v_changed from difference d;
        if p_is_current then
                perform comply.store_standing((
                                select v.campaign_id
                                from comply.snapshot s
                                join registry.campaign_version v on v.version_id = s.version_id
                                where s.snapshot_id = p_snapshot_id),
                        p_snapshot_id, p_units);
        end if;
        return v_changed;
end
$$;
comment on function comply.store(bigint, bigint, comply.result[], integer[], integer[], boolean, timestamptz) is
        'Writes the rows of a snapshot and returns how many figures, targets or status words differ from p_before.';

create or replace function comply.snapshot_of(p_version_id integer, p_as_of date, p_known_at timestamptz, p_now timestamptz)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
        v_id bigint;
begin
        insert into comply.snapshot (version_id, as_of, known_at, computed_at)
        values (p_version_id, p_as_of, p_known_at, p_now)
        on conflict on constraint snapshot_version_id_as_of_known_at_uq do update
        set computed_at = excluded.computed_at
        returning snapshot_id into v_id;
        return v_id;
end
$$;
comment on function comply.snapshot_of(integer, date, timestamptz, timestamptz) is 'The snapshot for a day, made when it is not there yet.';

create or replace function comply.newest_version(p_campaign text)
returns registry.campaign_version
language plpgsql
stable
set search_path = ''
as $$
declare
        v_version registry.campaign_version;
begin
        select v.* into v_version
        from registry.campaign c
        join registry.campaign_version v on v.campaign_id = c.campaign_id
        where c.code = p_campaign
        order by v.version desc
        limit 1;
        if not found then
                raise exception 'no campaign % is loaded', quote_literal(p_campaign) using errcode = '22023';
        end if;
        return v_version;
end
$$;
comment on function comply.newest_version(text) is 'The newest version of a campaign that must be loaded.';

create or replace function comply.lock()
returns void
language sql
begin atomic
        select pg_advisory_xact_lock(hashtextextended('thidua.comply', 0));
end;
comment on function comply.lock() is 'One computation at a time.';

-- Figures are made of sets as large as a province or a country, but the planner takes functions and arrays for small ones and
-- would join them row against row, or sort them by two columns of which one value fits a whole country: hours instead of seconds. So
-- joins are hashed. Index lookups per figure are lateral and stay what they are.
create or replace function comply.recompute(p_campaign text, p_as_of date, p_known_at timestamptz default null)
returns table (campaign text, as_of date, results integer, changed integer)
language plpgsql
security definer
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
        v_version registry.campaign_version := comply.newest_version(p_campaign);
        v_snapshot_id bigint;
        v_rows comply.result[];
        v_is_current boolean;
begin
        perform comply.lock();
        v_snapshot_id := comply.snapshot_of(v_version.version_id, p_as_of, p_known_at, now());
        v_is_current := exists (select from comply.current c where c.snapshot_id = v_snapshot_id);
        select array_agg(f) into v_rows from comply.figures(v_version.version_id, p_as_of, p_known_at) f;
        return query
                select p_campaign, p_as_of, cardinality(v_rows),
                        comply.store(v_snapshot_id, v_snapshot_id, v_rows, null, null, v_is_current, now());
end
$$;
comment on function comply.recompute(text, date, timestamptz) is
        'Computes every figure of a campaign for any day and, with p_known_at, as it was known then. Incremental results equal these, row by row.';

create or replace function comply.refresh_campaign(p_version registry.campaign_version, p_as_of date, p_metrics integer[],
        p_units integer[], p_all boolean, p_now timestamptz)
returns table (results integer, changed integer)
language plpgsql
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
        v_before bigint := (select c.snapshot_id from comply.current c where c.campaign_id = p_version.campaign_id);
        v_snapshot_id bigint;
        v_criteria integer[];
        v_units integer[];
        v_rows comply.result[];
        v_levels comply.result[];
begin
        v_snapshot_id := comply.snapshot_of(p_version.version_id, p_as_of, null, p_now);
        if p_all or v_before is distinct from v_snapshot_id then
                select array_agg(f) into v_rows from comply.figures(p_version.version_id, p_as_of, null) f;
                insert into comply.current (campaign_id, snapshot_id)
                values (p_version.campaign_id, v_snapshot_id)
                on conflict (campaign_id) do update set snapshot_id = excluded.snapshot_id;
                return query select cardinality(v_rows), comply.store(v_snapshot_id, v_before, v_rows, null, null, true, p_now);
                return;
        end if;

        select array_agg(distinct i.criterion_id)
        into v_criteria
        from registry.criterion_input i
        join registry.criterion c on c.criterion_id = i.criterion_id
        where c.version_id = p_version.version_id and i.metric_id = any (p_metrics);
        if v_criteria is null then
                return;
        end if;
        v_units := comply.affected_units(p_units, p_as_of);
        select coalesce(array_agg(r), '{}') into v_rows from comply.unit_rows(p_version.version_id, p_as_of, null, v_criteria, v_units) r;

        -- Levels are made of the units just computed and of those that did not change.
        select array_agg(l)
        into v_levels
        from comply.roll_up(p_version.version_id, p_as_of, v_rows || (
                select coalesce(array_agg(r), '{}')
                from comply.result r
                where r.snapshot_id = v_snapshot_id
                        and r.scope = 'unit'
                        and r.criterion_id = any (v_criteria)
                        and r.unit_id <> all (v_units))) l;
        -- A province's own figure is nobody's sum: when it was not computed anew, it stays.
        select v_rows || coalesce(v_levels, '{}') || coalesce(array_agg(r), '{}')
        into v_rows
        from comply.result r
        join registry.criterion c on c.criterion_id = r.criterion_id
        where r.snapshot_id = v_snapshot_id
                and r.scope = 'province'
                and c.province = 'own'
                and r.criterion_id = any (v_criteria)
                and p_version.province_id <> all (v_units);
        return query
                select cardinality(v_rows), comply.store(v_snapshot_id, v_snapshot_id, v_rows, v_criteria, v_units, true, p_now);
end
$$;
comment on function comply.refresh_campaign(registry.campaign_version, date, integer[], integer[], boolean, timestamptz) is
        'Brings the results of one campaign up to date.';

create or replace function comply.refresh(p_now timestamptz default now())
returns table (campaign text, as_of date, results integer, changed integer)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
        v_version registry.campaign_version;
        v_campaign text;
        v_as_of date;
        v_metrics integer[];
        v_units integer[];
        v_all boolean;
        v_dirty_metrics integer[];
        v_dirty_units integer[];
        v_dirty_since timestamptz[];
begin
        perform comply.lock();
        with taken as (
                delete from comply.dirty returning metric_id, unit_id, metric_ids, unit_ids, known_at
        ),
        metric as (
                select array_agg(distinct m.id) as ids
                from taken t
                cross join lateral unnest(t.metric_ids || t.metric_id) as m(id)
                where m.id is not null
        ),
        unit as (
                select array_agg(distinct u.id) as ids
                from taken t
                cross join lateral unnest(t.unit_ids || t.unit_id) as u(id)
                where u.id is not null
        )
        select (select m.ids from metric m), (select u.ids from unit u),
                coalesce(bool_or(t.metric_id is null and t.metric_ids is null), false),
                array_agg(t.metric_id) filter (where t.known_at is not null),
                array_agg(t.unit_id) filter (where t.known_at is not null),
                array_agg(t.known_at) filter (where t.known_at is not null)
        into v_metrics, v_units, v_all, v_dirty_metrics, v_dirty_units, v_dirty_since
        from taken t;
        perform comply.note_restated(v_dirty_metrics, v_dirty_units, v_dirty_since, p_now);

        for v_campaign in select c.code from registry.campaign c order by c.code loop
                v_version := comply.newest_version(v_campaign);
                v_as_of := least((p_now at time zone 'Asia/Ho_Chi_Minh')::date, v_version.to_on);
                -- A campaign that has not begun has no results, not even empty ones.
                continue when v_as_of < least(v_version.from_on, v_version.measure_from);
                return query
                        select v_campaign, v_as_of, r.results, r.changed
                        from comply.refresh_campaign(v_version, v_as_of, v_metrics, v_units, v_all, p_now) r;
                if found then
                        perform pg_notify('thidua_compliance', v_campaign);
                end if;
        end loop;
end
$$;
comment on function comply.refresh(timestamptz) is
        'Brings the results of every campaign up to date and notifies channel thidua_compliance. One row per campaign that was computed.';
