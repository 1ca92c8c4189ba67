-- III.0, III.1a, III.1b, III.2, III.3a, III.3b, III.3c, III.4, III.5a, III.5b, III.6a, III.6b, III.7, III.8a, III.8b, KH 1670/KH-UBND
--
-- comply.unit_rows() makes the figure of every unit, and of the province where it states its own; comply.roll_up() makes levels
-- and province out of the units' rows. Both are plain functions of what is believed; nothing is read that is not named by the
-- campaign. A figure is made of
--   subject    unit x criterion, or the province itself
--   source     the subject and, where the criterion carries, the units merged into it
--   statement  what is believed about a metric of the criterion, for a source and a period
--   period     the statements about one period together: complete, or not there at all
-- A period with one metric missing or null is a missing period: half a ratio would be a guess.

create or replace function comply.subjects(p_version_id integer, p_as_of date, p_criteria integer[], p_units integer[])
returns table (criterion_id integer, scope text, level text, unit_id integer, reason text)
language sql
stable
parallel safe
begin atomic
        select c.criterion_id, 'unit', m.level, m.unit_id, coalesce(nu.reason, nl.reason)
        from registry.criterion c
        cross join comply.members(p_version_id, p_as_of) m
        left join registry.not_applicable nu on nu.criterion_id = c.criterion_id and nu.unit_id = m.unit_id
        left join registry.not_applicable nl on nl.criterion_id = c.criterion_id and nl.level = m.level
        where c.version_id = p_version_id
                and (p_criteria is null or c.criterion_id = any (p_criteria))
                and (p_units is null or m.unit_id = any (p_units))
                -- A criterion that binds no level is one of the province alone.
                and exists (select from registry.criterion_level b where b.criterion_id = c.criterion_id)
        union all
        select c.criterion_id, 'province', null, v.province_id, null
        from registry.criterion c
        join registry.campaign_version v on v.version_id = c.version_id
        where c.version_id = p_version_id
                and c.province = 'own'
                and (p_criteria is null or c.criterion_id = any (p_criteria))
                and (p_units is null or v.province_id = any (p_units));
end;
comment on function comply.subjects(integer, date, integer[], integer[]) is
        'Who has a figure of its own for which criterion; with a reason, who is not bound by it.';

create or replace function comply.sources(p_version_id integer, p_as_of date, p_criteria integer[], p_units integer[])
returns table (criterion_id integer, scope text, level text, unit_id integer, contributor_id integer)
language sql
stable
parallel safe
begin atomic
        with subject as materialized (
                select s.criterion_id, s.scope, s.level, s.unit_id
                from comply.subjects(p_version_id, p_as_of, p_criteria, p_units) s
                where s.reason is null
        )
        select s.criterion_id, s.scope, s.level, s.unit_id, s.unit_id
        from subject s
        union all
        select s.criterion_id, s.scope, s.level, s.unit_id, k.contributor_id
        from subject s
        join registry.criterion c on c.criterion_id = s.criterion_id and c.carry = 'predecessors'
        join comply.carried(p_as_of) k on k.unit_id = s.unit_id;
end;
comment on function comply.sources(integer, date, integer[], integer[]) is 'Whose statements enter whose figure.';

create or replace function comply.statements(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns table (criterion_id integer, scope text, level text, unit_id integer, contributor_id integer, metric_id integer, role text,
        item text, period_type smallint, period_from date, period_to date, value numeric, observed_at timestamptz, known_at timestamptz,
        quality text, evidence text)
language sql
stable
parallel safe
begin atomic
        select s.criterion_id, s.scope, s.level, s.unit_id, s.contributor_id, i.metric_id, i.role, i.item,
                b.period_type, b.period_from, b.period_to, b.value, b.observed_at, b.known_at, b.quality, b.evidence
        from comply.sources(p_version_id, p_as_of, p_criteria, p_units) s
        join registry.criterion c on c.criterion_id = s.criterion_id
        join registry.campaign_version v on v.version_id = c.version_id
        join registry.criterion_input i
                on i.criterion_id = s.criterion_id
                and (i.levels is null or s.level = any (i.levels))
        -- A state may be stated of a period that still runs: the score of the running year.
        cross join lateral fact.believed(i.metric_id, s.contributor_id, v.measure_from,
                case c.accumulate when 'state' then v.measure_to else least(v.measure_to, p_as_of) end, p_known_at) b
        join registry.period_type t
                on t.period_type = b.period_type
                and t.calendar = c.calendar
                and t.cumulative = (c.accumulate = 'latest')
                and (t.kind = any (c.period) or (c.accumulate = 'state' and t.kind in ('day', 'instant')))
        where b.period_from <= p_as_of;
end;
comment on function comply.statements(integer, date, timestamptz, integer[], integer[]) is
        'Every belief that may enter a figure, with the part it plays.';

create or replace function comply.review_day(p_version_id integer, p_as_of date)
returns date
language sql
stable
parallel safe
begin atomic
        select coalesce(
                (select min(r.on_day) from registry.review r where r.version_id = p_version_id and r.on_day >= p_as_of),
                (select v.to_on from registry.campaign_version v where v.version_id = p_version_id));
end;
comment on function comply.review_day(integer, date) is 'The next review, or the last day of the campaign.';

create or replace function comply.periods_expected(p_version_id integer, p_as_of date, p_criteria integer[], p_units integer[])
returns table (criterion_id integer, scope text, unit_id integer, contributor_id integer, period_from date, period_to date, is_owed boolean,
        is_ahead boolean)
language sql
stable
parallel safe
begin atomic
        select s.criterion_id, s.scope, s.unit_id, s.contributor_id, p.period_from, p.period_to,
                p.period_to <= p_as_of and p.period_to + c.due_after <= p_as_of,
                p.period_to <= least(v.to_on, d.review_on)
        from comply.sources(p_version_id, p_as_of, p_criteria, p_units) s
        join registry.criterion c on c.criterion_id = s.criterion_id and c.accumulate = 'sum'
        join registry.campaign_version v on v.version_id = c.version_id
        join registry.unit u on u.unit_id = s.contributor_id
        cross join (
                select comply.review_day(p_version_id, p_as_of) as review_on
        ) d
        cross join lateral comply.periods(c.period, c.calendar, v.measure_from, least(v.measure_to, greatest(p_as_of, d.review_on))) p
        where u.valid @> p.period_to;
end;
comment on function comply.periods_expected(integer, date, integer[], integer[]) is
        'Periods for which a figure is expected until the next review: the unit exists on the last day. Owed: the time to deliver is over.';

-- Everything that decides which statements enter and how a period is made of them. Criteria that agree in all of it, as a plan's figure and its count of
-- units that pass do, read their figures once: the recipe is known by the least of them.
create or replace function comply.recipes(p_version_id integer, p_as_of date, p_criteria integer[])
returns table (criterion_id integer, recipe_id integer, kind text, accumulate text, carry text, due_after interval, calendar text, period text[], out_of numeric,
        numerators integer[], denominators integer[], amounts integer[], witnesses integer[], counted integer[], metrics integer[],
        period_types smallint[], months integer[], first_day date, last_day date, is_plain boolean)
language sql
stable
parallel safe
begin atomic
        with input as (
                select i.criterion_id,
                        coalesce(array_agg(i.metric_id order by i.metric_id) filter (where i.role = 'numerator'), '{}') as numerators,
                        coalesce(array_agg(i.metric_id order by i.metric_id) filter (where i.role = 'denominator'), '{}') as denominators,
                        coalesce(array_agg(i.metric_id order by i.metric_id) filter (where i.role = 'value'), '{}') as amounts,
                        coalesce(array_agg(i.metric_id order by i.metric_id) filter (where i.role = 'witness'), '{}') as witnesses,
                        coalesce(array_agg(distinct i.metric_id) filter (where i.role <> 'witness'), '{}') as counted,
                        array_agg(distinct i.metric_id) as metrics
                from registry.criterion_input i
                where i.role <> 'item'
                group by i.criterion_id
        ),
        recipe as (
                select c.criterion_id, c.kind, c.accumulate, c.carry, c.due_after, c.calendar, c.period, c.out_of,
                        i.numerators, i.denominators, i.amounts, i.witnesses, i.counted, i.metrics, t.period_types, t.months, v.measure_from as first_day,
                        -- A state may be stated of a period that still runs: the score of the running year.
                        case c.accumulate when 'state' then v.measure_to else least(v.measure_to, p_as_of) end as last_day
                from registry.criterion c
                join registry.campaign_version v on v.version_id = c.version_id
                join input i on i.criterion_id = c.criterion_id
                cross join lateral (
                        select array_agg(t.period_type order by t.period_type) as period_types,
                                array_agg(case t.kind when 'month' then 1 when 'quarter' then 3 when 'half' then 6 when 'nine_months' then 9 when 'year' then 12 else 0 end
                                        order by t.period_type) as months
                        from registry.period_type t
                        where t.calendar = c.calendar
                                and t.cumulative = (c.accumulate = 'latest')
                                and (t.kind = any (c.period) or (c.accumulate = 'state' and t.kind in ('day', 'instant')))
                ) t
                where c.version_id = p_version_id
                        and (p_criteria is null or c.criterion_id = any (p_criteria))
        )
        select r.criterion_id,
                min(r.criterion_id) over (partition by r.kind, r.accumulate, r.carry, r.due_after, r.calendar, r.period, r.out_of, r.numerators,
                        r.denominators, r.amounts, r.witnesses),
                r.kind, r.accumulate, r.carry, r.due_after, r.calendar, r.period, r.out_of, r.numerators, r.denominators, r.amounts, r.witnesses, r.counted,
                r.metrics, r.period_types, r.months, r.first_day, r.last_day,
                r.accumulate = 'sum' and r.kind in ('ratio', 'value') and cardinality(r.numerators || r.amounts) = 1 and cardinality(r.denominators) <= 1
                        and cardinality(r.witnesses) = 0 and cardinality(r.period_types) = 1
        from recipe r;
end;
comment on function comply.recipes(integer, date, integer[]) is
        'How the periods of each criterion are made: metrics by the part they play, types of period with their months (0: a day), and days between which they end. Plain: one figure, or one over another, of one type of period.';

create or replace function comply.source_figures(p_kind text, p_out_of numeric, p_numerators integer[], p_denominators integer[], p_amounts integer[],
        p_witnesses integer[], p_counted integer[], p_metrics integer[], p_contributors integer[], p_period_types smallint[], p_first_day date,
        p_last_day date, p_as_of date, p_known_at timestamptz)
returns table (contributor_id integer, period_type smallint, period_from date, period_to date, numerator numeric, denominator numeric,
        is_complete boolean, says_null boolean, disputed boolean, observed_at timestamptz, known_at timestamptz)
language sql
stable
parallel safe
begin atomic
        select s.unit_id, s.period_type, s.period_from, s.period_to,
                case p_kind when 'flag' then (s.numerator >= 1)::integer else s.numerator end,
                coalesce(s.denominator, p_out_of),
                s.metrics = cardinality(p_counted) and not (s.is_witnessed and s.denominator = 0),
                coalesce(s.says_null, false), s.disputed, s.observed_at, s.known_at
        from (
                select b.unit_id, b.period_type, b.period_from, b.period_to,
                        coalesce(sum(b.value) filter (where b.metric_id = any (p_numerators)),
                                min(b.value) filter (where b.metric_id = any (p_amounts))) as numerator,
                        sum(b.value) filter (where b.metric_id = any (p_denominators)) as denominator,
                        count(b.value) filter (where b.metric_id = any (p_counted)) as metrics,
                        bool_or(b.value is null) filter (where b.metric_id = any (p_counted)) as says_null,
                        coalesce(bool_or(b.value > 0) filter (where b.metric_id = any (p_witnesses)), false) as is_witnessed,
                        coalesce(bool_or(b.quality = 'disputed'), false) as disputed,
                        max(b.observed_at) as observed_at,
                        max(b.known_at) as known_at
                from fact.beliefs(p_metrics, p_contributors, p_first_day, p_last_day, p_known_at) b
                where b.period_type = any (p_period_types) and b.period_from <= p_as_of
                group by b.period_to, b.period_from, b.unit_id, b.period_type
                order by b.period_to desc, b.period_from desc
        ) s;
end;
comment on function comply.source_figures(text, numeric, integer[], integer[], integer[], integer[], integer[], integer[], integer[], smallint[], date,
        date, date, timestamptz) is
        'The statements of some units about each period together, by one recipe. Complete: every metric is there, none is null, no witness refutes an all-zero denominator.';

create or replace function comply.period_figures(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns table (criterion_id integer, scope text, unit_id integer, contributor_id integer, period_type smallint, period_from date,
        period_to date, numerator numeric, denominator numeric, is_complete boolean, says_null boolean, disputed boolean,
        observed_at timestamptz, known_at timestamptz)
language sql
stable
parallel safe
begin atomic
        select s.criterion_id, s.scope, s.unit_id, f.contributor_id, f.period_type, f.period_from, f.period_to, f.numerator, f.denominator,
                f.is_complete, f.says_null, f.disputed, f.observed_at, f.known_at
        from comply.sources(p_version_id, p_as_of, p_criteria, p_units) s
        join comply.recipes(p_version_id, p_as_of, p_criteria) r on r.criterion_id = s.criterion_id
        cross join lateral comply.source_figures(r.kind, r.out_of, r.numerators, r.denominators, r.amounts, r.witnesses, r.counted, r.metrics,
                array[s.contributor_id], r.period_types, r.first_day, r.last_day, p_as_of, p_known_at) f;
end;
comment on function comply.period_figures(integer, date, timestamptz, integer[], integer[]) is
        'The statements of every source about one period together.';

create or replace function comply.periods_used(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns table (criterion_id integer, scope text, unit_id integer, contributor_id integer, period_type smallint, period_from date,
        period_to date, numerator numeric, denominator numeric, is_complete boolean, is_used boolean, is_taken_back boolean,
        disputed boolean, observed_at timestamptz, known_at timestamptz)
language sql
stable
parallel safe
begin atomic
        select f.criterion_id, f.scope, f.unit_id, f.contributor_id, f.period_type, f.period_from, f.period_to, f.numerator,
                f.denominator, f.is_complete,
                f.is_complete and (c.kind <> 'deadline' or f.period_to + c.due_after <= p_as_of) and (
                        c.accumulate = 'sum'
                        or row_number() over (
                                partition by f.criterion_id, f.scope, f.unit_id, f.contributor_id
                                order by f.is_complete desc, f.period_to desc, f.period_type, f.period_from desc) = 1),
                -- The source has taken back what it stated: it says null about a later day.
                c.accumulate <> 'sum'
                        and f.says_null
                        and f.period_to > max(f.period_to) filter (where f.is_complete) over (
                                partition by f.criterion_id, f.scope, f.unit_id, f.contributor_id),
                f.disputed, f.observed_at, f.known_at
        from comply.period_figures(p_version_id, p_as_of, p_known_at, p_criteria, p_units) f
        join registry.criterion c on c.criterion_id = f.criterion_id;
end;
comment on function comply.periods_used(integer, date, timestamptz, integer[], integer[]) is
        'Which periods enter the figure: every complete one where periods are added, else the newest complete one of each source.';

create or replace function comply.checklist_figures(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns table (criterion_id integer, scope text, unit_id integer, numerator numeric, denominator numeric, has_figure boolean,
        periods_missing integer, disputed boolean, period_from date, period_to date, observed_at timestamptz, known_at timestamptz)
language sql
stable
parallel safe
begin atomic
        with applicable as (
                select s.criterion_id, s.scope, s.unit_id, count(*)::integer as items
                from comply.sources(p_version_id, p_as_of, p_criteria, p_units) s
                join registry.criterion_input i
                        on i.criterion_id = s.criterion_id
                        and i.role = 'item'
                        and (i.levels is null or s.level = any (i.levels))
                where s.contributor_id = s.unit_id
                group by s.criterion_id, s.scope, s.unit_id
        ),
        newest as (
                select distinct on (s.criterion_id, s.scope, s.unit_id, s.item) s.*
                from comply.statements(p_version_id, p_as_of, p_known_at, p_criteria, p_units) s
                where s.role = 'item'
                        and s.value is not null
                        and s.contributor_id = s.unit_id
                order by s.criterion_id, s.scope, s.unit_id, s.item, s.period_to desc, s.period_type, s.period_from desc
        ),
        found as (
                select n.criterion_id, n.scope, n.unit_id,
                        count(*)::integer as items,
                        count(*) filter (where n.value >= 1) as there,
                        bool_or(n.quality is not distinct from 'disputed') as disputed,
                        min(n.period_from) as period_from,
                        max(n.period_to) as period_to,
                        max(n.observed_at) as observed_at,
                        max(n.known_at) as known_at
                from newest n
                group by n.criterion_id, n.scope, n.unit_id
        )
        select a.criterion_id, a.scope, a.unit_id, f.there, a.items, f.items is not null, a.items - f.items, f.disputed,
                f.period_from, f.period_to, f.observed_at, f.known_at
        from applicable a
        left join found f on f.criterion_id = a.criterion_id and f.scope = a.scope and f.unit_id = a.unit_id;
end;
comment on function comply.checklist_figures(integer, date, timestamptz, integer[], integer[]) is
        'Items that are there / items that apply, each by the newest statement about it.';

-- A report that is not there when its day is over has missed it, whatever comes later. When it came is the source's own word. Where the source
-- gives none, coming before the day is over is proof enough; coming later is none, since we may have asked too late: such a period
-- is left out of both counts and is missing.
create or replace function comply.deadline_figures(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns table (criterion_id integer, scope text, unit_id integer, numerator numeric, denominator numeric, has_figure boolean,
        periods_due integer, periods_missing integer, period_from date, period_to date, observed_at timestamptz, known_at timestamptz)
language sql
stable
parallel safe
begin atomic
        with owed as (
                select e.criterion_id, e.scope, e.unit_id, e.contributor_id, e.period_from, e.period_to, e.is_owed,
                        count(i.metric_id) as metrics,
                        count(f.known_at) as stated,
                        bool_and((coalesce(f.observed_at, f.known_at) at time zone 'Asia/Ho_Chi_Minh')::date <= (e.period_to + c.due_after)::date) as is_kept,
                        bool_or(f.observed_at is null and (f.known_at at time zone 'Asia/Ho_Chi_Minh')::date > (e.period_to + c.due_after)::date) as is_unsure,
                        max(f.observed_at) as observed_at,
                        max(f.known_at) as known_at
                from comply.periods_expected(p_version_id, p_as_of, p_criteria, p_units) e
                join registry.criterion c on c.criterion_id = e.criterion_id and c.kind = 'deadline'
                join registry.criterion_input i on i.criterion_id = e.criterion_id and i.role = 'value'
                join registry.period_type t on t.calendar = c.calendar and t.kind = any (c.period) and not t.cumulative
                left join lateral fact.first_stated(i.metric_id, e.contributor_id, e.period_from, e.period_to, t.period_type, p_known_at) f on true
                group by e.criterion_id, e.scope, e.unit_id, e.contributor_id, e.period_from, e.period_to, e.is_owed, c.due_after, t.period_type
        ),
        -- A criterion of several kinds of period looks for each span under each of them; it is there under one.
        report as (
                select distinct on (o.criterion_id, o.scope, o.unit_id, o.contributor_id, o.period_from, o.period_to) o.*
                from owed o
                order by o.criterion_id, o.scope, o.unit_id, o.contributor_id, o.period_from, o.period_to, o.stated desc
        )
        select r.criterion_id, r.scope, r.unit_id,
                count(*) filter (where r.is_owed and r.stated = r.metrics and r.is_kept),
                count(*) filter (where r.is_owed and not (r.stated = r.metrics and r.is_unsure)),
                bool_or(r.stated > 0),
                count(*) filter (where r.is_owed)::integer,
                count(*) filter (where r.is_owed and r.stated = r.metrics and r.is_unsure)::integer,
                min(r.period_from) filter (where r.is_owed), max(r.period_to) filter (where r.is_owed), max(r.observed_at), max(r.known_at)
        from report r
        group by r.criterion_id, r.scope, r.unit_id;
end;
comment on function comply.deadline_figures(integer, date, timestamptz, integer[], integer[]) is
        'Reports delivered by their due day / reports that were due, by the calendar of expected data.';

-- One unit and one plain recipe whose two figures are not about the same periods, or not about periods of the calendar: both are walked along in the order of
-- their key, without gathering them first.
create or replace function comply.plain_walk(p_as_of date, p_first_day date, p_last_day date, p_ahead_to date, p_numerator integer, p_denominator integer,
        p_out_of numeric, p_period_type smallint, p_months integer, p_calendar text, p_owed_to date, p_has_series boolean, p_unit_id integer, p_born date,
        p_gone date)
returns table (numerator numeric, denominator numeric, complete bigint, there bigint, owed bigint, ahead bigint, disputed boolean, period_from date,
        period_to date, observed_at timestamptz, known_at timestamptz, is_growing boolean, newest numeric[])
language sql
stable
parallel safe
begin atomic
        select sum(f.numerator) filter (where f.is_complete), sum(f.denominator) filter (where f.is_complete),
                count(*) filter (where f.is_complete),
                count(*) filter (where f.is_expected),
                count(*) filter (where f.is_expected and f.period_to <= p_owed_to),
                count(*) filter (where f.is_expected and f.period_to <= p_ahead_to),
                bool_or(f.is_complete and f.disputed),
                min(f.period_from) filter (where f.is_complete),
                max(f.period_to) filter (where f.is_complete),
                max(f.observed_at), max(f.known_at),
                bool_and(f.numerator >= 0 and f.denominator >= 0) filter (where f.is_complete),
                case when p_has_series then (array_agg(array[f.numerator, f.denominator] order by f.period_to desc, f.period_from desc) filter (where f.is_complete))[1:6] end
        from (
                select f.*,
                        f.is_complete and f.period_to >= p_born and f.period_to < p_gone
                                and comply.is_period(p_months, p_calendar, f.period_from, f.period_to) as is_expected
                from (
                        select coalesce(a.period_from, b.period_from) as period_from, coalesce(a.period_to, b.period_to) as period_to,
                                a.value as numerator, coalesce(b.value, p_out_of) as denominator,
                                a.value is not null and (b.value is not null or p_denominator is null) as is_complete,
                                coalesce(a.quality = 'disputed', false) or coalesce(b.quality = 'disputed', false) as disputed,
                                greatest(a.observed_at, b.observed_at) as observed_at, greatest(a.known_at, b.known_at) as known_at
                        from (
                                select l.*
                                from fact.latest l
                                where l.metric_id = p_numerator
                                        and l.unit_id = p_unit_id
                                        and l.period_type = p_period_type
                                        and l.period_to between p_first_day and p_last_day
                                        and l.period_from <= p_as_of
                                order by l.period_to, l.period_from
                                offset 0
                        ) a
                        full join (
                                select l.*
                                from fact.latest l
                                where l.metric_id = p_denominator
                                        and l.unit_id = p_unit_id
                                        and l.period_type = p_period_type
                                        and l.period_to between p_first_day and p_last_day
                                        and l.period_from <= p_as_of
                                order by l.period_to, l.period_from
                                offset 0
                        ) b on b.period_to = a.period_to and b.period_from = a.period_from
                        -- Each of these is looked at several times below.
                        offset 0
                ) f
                offset 0
        ) f;
end;
comment on function comply.plain_walk(date, date, date, date, integer, integer, numeric, smallint, integer, text, date, boolean, integer, date, date) is
        'Sums over the periods of one unit by one plain recipe, period by period.';

-- The same for plain recipes and units that carry nobody, of what is believed now. Most of a country is plain, and where a source states both figures of a
-- ratio about the same periods, as almost all do, each is added up by itself: a period need not be met with its other half to know that it is complete. Whether
-- they are the same periods is looked at figure by figure, and if not, or if a period is none of the calendar, both figures are walked along together in the
-- order of their key. newest: the six newest complete periods.
create or replace function comply.plain_figures(p_as_of date, p_first_day date, p_last_day date, p_ahead_to date,
        r_recipe_id integer[], r_numerator integer[], r_denominator integer[], r_out_of numeric[], r_period_type smallint[], r_months integer[],
        r_calendar text[], r_owed_to date[], r_has_series boolean[], q_recipe_id integer[], q_unit_id integer[])
returns table (recipe_id integer, unit_id integer, numerator numeric, denominator numeric, complete bigint, there bigint, owed bigint, ahead bigint,
        disputed boolean, period_from date, period_to date, observed_at timestamptz, known_at timestamptz, is_growing boolean, newest numeric[])
language plpgsql
stable
set search_path = ''
set enable_nestloop = on
set enable_mergejoin = on
set enable_bitmapscan = off
set enable_memoize = off
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
begin
        -- What compares only parameters is known while the plan is made: no figure is looked at for it. A period does not begin after its last day.
        return query
                select r.recipe_id, u.unit_id, x.numerator, x.denominator, x.complete, x.there, x.owed,
                        case when p_ahead_to >= p_last_day then x.there else x.ahead end, x.disputed, x.period_from, x.period_to,
                        x.observed_at, x.known_at, x.is_growing, x.newest
                from (
                        select n.unit_id, coalesce(lower(n.valid), '-infinity') as born, coalesce(upper(n.valid), 'infinity') as gone
                        from registry.unit n
                        offset 0
                ) u
                join unnest(q_recipe_id, q_unit_id) as q(recipe_id, unit_id) on q.unit_id = u.unit_id
                join unnest(r_recipe_id, r_numerator, r_denominator, r_out_of, r_period_type, r_months, r_calendar, r_owed_to, r_has_series)
                        as r(recipe_id, numerator, denominator, out_of, period_type, months, calendar, owed_to, has_series)
                        on r.recipe_id = q.recipe_id
                cross join lateral (
                        select sum(l.value) as total, count(l.value) as complete,
                                count(l.value) filter (where comply.is_period(r.months, r.calendar, l.period_from, l.period_to)) as regular,
                                count(l.value) filter (where l.period_to >= u.born and l.period_to < u.gone) as there,
                                count(l.value) filter (where l.period_to <= r.owed_to and l.period_to >= u.born and l.period_to < u.gone) as owed,
                                count(l.value) filter (where l.period_to <= p_ahead_to and l.period_to >= u.born and l.period_to < u.gone) as ahead,
                                array_agg(l.period_to) filter (where l.value is not null) as ends,
                                bool_or(l.quality = 'disputed' and l.value is not null) as disputed,
                                min(l.period_from) filter (where l.value is not null) as period_from,
                                max(l.period_to) filter (where l.value is not null) as period_to,
                                max(l.observed_at) as observed_at, max(l.known_at) as known_at, bool_and(l.value >= 0) as is_growing
                        from fact.latest l
                        where l.metric_id = r.numerator
                                and l.unit_id = u.unit_id
                                and l.period_type = r.period_type
                                and l.period_to between p_first_day and p_last_day
                                and (p_last_day <= p_as_of or l.period_from <= p_as_of)
                ) a
                cross join lateral (
                        select sum(l.value) as total, count(l.value) as complete,
                                count(l.value) filter (where comply.is_period(r.months, r.calendar, l.period_from, l.period_to)) as regular,
                                array_agg(l.period_to) filter (where l.value is not null) as ends,
                                bool_or(l.quality = 'disputed' and l.value is not null) as disputed,
                                max(l.observed_at) as observed_at, max(l.known_at) as known_at, bool_and(l.value >= 0) as is_growing
                        from fact.latest l
                        where l.metric_id = r.denominator
                                and l.unit_id = u.unit_id
                                and l.period_type = r.period_type
                                and l.period_to between p_first_day and p_last_day
                                and (p_last_day <= p_as_of or l.period_from <= p_as_of)
                ) b
                cross join lateral (
                        -- Of one type of period no two of the calendar end on the same day: the days they end on tell them apart.
                        select coalesce(a.complete > 0 and a.regular = a.complete and (r.denominator is null or b.regular = b.complete and a.ends = b.ends), false) as is_even
                        offset 0
                ) e
                cross join lateral (
                        select a.total as numerator, case when r.denominator is null then r.out_of * a.complete else b.total end as denominator, a.complete, a.there,
                                a.owed, a.ahead, coalesce(a.disputed, false) or coalesce(b.disputed, false) as disputed, a.period_from, a.period_to,
                                greatest(a.observed_at, b.observed_at) as observed_at, greatest(a.known_at, b.known_at) as known_at,
                                a.is_growing and (case when r.denominator is null then r.out_of >= 0 else b.is_growing end) as is_growing,
                                case when r.has_series then array(
                                        select array[m.value, coalesce(d.value, r.out_of)]
                                        from (
                                                select l.value, row_number() over (order by l.period_to desc, l.period_from desc) as nth
                                                from fact.latest l
                                                where l.metric_id = r.numerator
                                                        and l.unit_id = u.unit_id
                                                        and l.period_type = r.period_type
                                                        and l.period_to between p_first_day and p_last_day
                                                        and (p_last_day <= p_as_of or l.period_from <= p_as_of)
                                                        and l.value is not null
                                                limit 6) m
                                        left join (
                                                select l.value, row_number() over (order by l.period_to desc, l.period_from desc) as nth
                                                from fact.latest l
                                                where l.metric_id = r.denominator
                                                        and l.unit_id = u.unit_id
                                                        and l.period_type = r.period_type
                                                        and l.period_to between p_first_day and p_last_day
                                                        and (p_last_day <= p_as_of or l.period_from <= p_as_of)
                                                        and l.value is not null
                                                limit 6) d on d.nth = m.nth
                                        order by m.nth)
                                end as newest
                        where e.is_even
                        union all
                        select w.*
                        from comply.plain_walk(p_as_of, p_first_day, p_last_day, p_ahead_to, r.numerator, r.denominator, r.out_of, r.period_type, r.months,
                                r.calendar, r.owed_to, r.has_series, u.unit_id, u.born, u.gone) w
                        where not e.is_even and w.known_at is not null
                ) x;
end
$$;
comment on function comply.plain_figures(date, date, date, date, integer[], integer[], integer[], numeric[], smallint[], integer[], text[], date[], boolean[],
        integer[], integer[]) is
        'Sums over the periods of units (q: which recipe for which unit) by plain recipes (r: one element of each array is a recipe).';

create or replace function comply.summed_figures(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns table (criterion_id integer, scope text, unit_id integer, numerator numeric, denominator numeric, has_figure boolean,
        periods_due integer, periods_missing integer, disputed boolean, period_from date, period_to date, observed_at timestamptz,
        known_at timestamptz, steps integer, is_growing boolean, more_expected numeric, numerator_6 numeric, denominator_6 numeric,
        low numeric, high numeric, numerator_new numeric, denominator_new numeric, numerator_old numeric, denominator_old numeric)
language sql
stable
parallel safe
begin atomic
        with recipe as materialized (
                select r.*
                from comply.recipes(p_version_id, p_as_of, p_criteria) r
                where r.accumulate = 'sum' and r.kind <> 'deadline'
        ),
        subject as materialized (
                select s.criterion_id, r.recipe_id, s.scope, s.unit_id
                from comply.subjects(p_version_id, p_as_of, p_criteria, p_units) s
                join recipe r on r.criterion_id = s.criterion_id
                where s.reason is null
        ),
        owner as materialized (
                select distinct s.recipe_id, s.scope, s.unit_id
                from subject s
        ),
        source as materialized (
                select s.recipe_id, s.scope, s.unit_id, s.contributor_id, coalesce(lower(u.valid), '-infinity') as born, coalesce(upper(u.valid), 'infinity') as gone
                from (
                        select o.recipe_id, o.scope, o.unit_id, o.unit_id as contributor_id
                        from owner o
                        union all
                        select o.recipe_id, o.scope, o.unit_id, k.contributor_id
                        from owner o
                        join recipe r on r.criterion_id = o.recipe_id and r.carry = 'predecessors'
                        join comply.carried(p_as_of) k on k.unit_id = o.unit_id
                ) s
                join registry.unit u on u.unit_id = s.contributor_id
        ),
        term as materialized (
                select v.to_on > p_as_of as is_open, v.to_on, v.measure_from, v.measure_to, comply.review_day(p_version_id, p_as_of) as review_on
                from registry.campaign_version v
                where v.version_id = p_version_id
        ),
        calendar as materialized (
                select r.recipe_id, p.period_to, p.period_to <= p_as_of and p.period_to + r.due_after <= p_as_of as is_owed,
                        p.period_to <= least(t.to_on, t.review_on) as is_ahead
                from recipe r
                cross join term t
                cross join lateral comply.periods(r.period, r.calendar, t.measure_from, least(t.measure_to, greatest(p_as_of, t.review_on))) p
                where r.criterion_id = r.recipe_id
        ),
        -- Of two periods the one that ends earlier is owed earlier.
        leader as materialized (
                select r.*, t.is_open, least(t.to_on, t.review_on) as ahead_to, d.owed_to
                from recipe r
                cross join term t
                left join (select d.recipe_id, max(d.period_to) filter (where d.is_owed) as owed_to from calendar d group by d.recipe_id) d
                        on d.recipe_id = r.recipe_id
                where r.criterion_id = r.recipe_id
        ),
        -- What is expected is the same for all who exist on the same days.
        span as (
                select s.recipe_id, s.born, s.gone, count(*) as periods, count(*) filter (where d.is_owed) as owed, count(*) filter (where d.is_ahead) as ahead
                from (select distinct s.recipe_id, s.born, s.gone from source s) s
                join calendar d on d.recipe_id = s.recipe_id
                where d.period_to >= s.born and d.period_to < s.gone
                group by s.recipe_id, s.born, s.gone
        ),
        expected as materialized (
                select s.recipe_id, s.scope, s.unit_id, array_agg(s.contributor_id) as contributors, array_agg(s.born) as born, array_agg(s.gone) as gone,
                        sum(n.owed)::integer as due, coalesce(sum(n.ahead), 0) as ahead,
                        p_known_at is null and count(*) = 1 and s.recipe_id in (select l.recipe_id from leader l where l.is_plain) as is_plain
                from source s
                left join span n on n.recipe_id = s.recipe_id and n.born = s.born and n.gone = s.gone
                group by s.recipe_id, s.scope, s.unit_id
        ),
        asked as materialized (
                select array_agg(e.recipe_id order by e.unit_id, e.recipe_id) as recipe_ids, array_agg(e.unit_id order by e.unit_id, e.recipe_id) as unit_ids
                from (select distinct e.recipe_id, e.unit_id from expected e where e.is_plain) e
        ),
        plain as (
                select e.scope, e.due, e.ahead as ahead_all, l.is_open and l.kind = 'ratio' and e.scope = 'unit' as has_series, x.*
                from comply.plain_figures(p_as_of, (select min(l.first_day) from leader l), (select min(l.last_day) from leader l),
                        (select min(l.ahead_to) from leader l),
                        (select array_agg(l.recipe_id order by l.recipe_id) from leader l where l.is_plain),
                        (select array_agg((l.numerators || l.amounts)[1] order by l.recipe_id) from leader l where l.is_plain),
                        (select array_agg(l.denominators[1] order by l.recipe_id) from leader l where l.is_plain),
                        (select array_agg(l.out_of order by l.recipe_id) from leader l where l.is_plain),
                        (select array_agg(l.period_types[1] order by l.recipe_id) from leader l where l.is_plain),
                        (select array_agg(l.months[1] order by l.recipe_id) from leader l where l.is_plain),
                        (select array_agg(l.calendar order by l.recipe_id) from leader l where l.is_plain),
                        (select array_agg(l.owed_to order by l.recipe_id) from leader l where l.is_plain),
                        (select array_agg(l.is_open and l.kind = 'ratio' order by l.recipe_id) from leader l where l.is_plain),
                        (select a.recipe_ids from asked a), (select a.unit_ids from asked a)) x
                join expected e on e.recipe_id = x.recipe_id and e.unit_id = x.unit_id and e.is_plain
                join leader l on l.recipe_id = x.recipe_id
        ),
        added as materialized (
                select e.recipe_id, e.scope, e.unit_id, e.due, e.ahead, e.has_series, x.*
                from (
                        -- Arrays out of a stored row are unpacked with each look at them; those that an expression made are not.
                        select e.recipe_id, e.scope, e.unit_id, e.due, e.ahead, r.kind = 'ratio' and e.scope = 'unit' and r.is_open as has_series,
                                r.kind, r.out_of, r.calendar, r.owed_to, r.first_day, r.last_day, r.ahead_to,
                                r.numerators || '{}'::integer[] as numerators, r.denominators || '{}'::integer[] as denominators,
                                r.amounts || '{}'::integer[] as amounts, r.witnesses || '{}'::integer[] as witnesses, r.counted || '{}'::integer[] as counted,
                                r.metrics || '{}'::integer[] as metrics, r.period_types || '{}'::smallint[] as period_types,
                                r.months || '{}'::integer[] as months, e.contributors || '{}'::integer[] as contributors,
                                e.born || '{}'::date[] as born, e.gone || '{}'::date[] as gone
                        from expected e
                        join leader r on r.recipe_id = e.recipe_id
                        where not e.is_plain
                        offset 0
                ) e
                cross join lateral (
                        select sum(q.numerator) as numerator, sum(q.denominator) as denominator, sum(q.complete) as complete, sum(q.there) as there,
                                sum(q.owed) as owed, sum(q.ahead) as ahead_there,
                                bool_or(q.disputed) as disputed,
                                min(q.period_from) filter (where q.complete > 0) as period_from,
                                max(q.period_to) filter (where q.complete > 0) as period_to,
                                max(q.observed_at) as observed_at, max(q.known_at) as known_at,
                                count(*) filter (where q.complete > 0)::integer as steps,
                                bool_and(q.denominator >= 0 and q.numerator >= 0) as is_growing,
                                sum(q.numerator) filter (where q.nth <= 6) as numerator_6,
                                sum(q.denominator) filter (where q.nth <= 6) as denominator_6,
                                min(q.numerator / nullif(q.denominator, 0)) filter (where q.nth <= 6 and q.denominator > 0) as low,
                                max(q.numerator / nullif(q.denominator, 0)) filter (where q.nth <= 6 and q.denominator > 0) as high,
                                sum(q.numerator) filter (where q.nth <= 2) as numerator_new,
                                sum(q.denominator) filter (where q.nth <= 2) as denominator_new,
                                sum(q.numerator) filter (where q.nth > 2) as numerator_old,
                                sum(q.denominator) filter (where q.nth > 2) as denominator_old
                        from (
                                -- In the order in which the rows come anyway: newest first, counted among those that are complete.
                                select d.*, count(*) filter (where d.complete > 0) over (order by d.period_to desc, d.period_from desc rows unbounded preceding) as nth
                                from (
                                        select f.period_from, f.period_to,
                                                sum(f.numerator) filter (where f.is_complete) as numerator,
                                                sum(f.denominator) filter (where f.is_complete) as denominator,
                                                count(*) filter (where f.is_complete) as complete,
                                                count(*) filter (where f.is_expected) as there,
                                                count(*) filter (where f.is_expected and f.period_to <= e.owed_to) as owed,
                                                count(*) filter (where f.is_expected and f.period_to <= e.ahead_to) as ahead,
                                                bool_or(f.is_complete and f.disputed) as disputed,
                                                max(f.observed_at) as observed_at, max(f.known_at) as known_at
                                        from (
                                                select f.*,
                                                        f.is_complete
                                                                and f.period_to >= (e.born)[array_position(e.contributors, f.contributor_id)]
                                                                and f.period_to < (e.gone)[array_position(e.contributors, f.contributor_id)]
                                                                and comply.is_period((e.months)[array_position(e.period_types, f.period_type)], e.calendar,
                                                                        f.period_from, f.period_to) as is_expected
                                                from comply.source_figures(e.kind, e.out_of, e.numerators, e.denominators, e.amounts, e.witnesses, e.counted,
                                                        e.metrics, e.contributors, e.period_types, e.first_day, e.last_day, p_as_of, p_known_at) f
                                        ) f
                                        group by f.period_to, f.period_from
                                        order by f.period_to desc, f.period_from desc
                                ) d
                        ) q
                ) x
                where x.known_at is not null
        ),
        summed as (
                select a.recipe_id, a.scope, a.unit_id, a.numerator, a.denominator, a.complete, a.there, a.due, a.owed, a.ahead - a.ahead_there as open, a.disputed,
                        a.period_from, a.period_to, a.observed_at, a.known_at, a.has_series, a.steps, a.is_growing, a.numerator_6, a.denominator_6, a.low, a.high,
                        a.numerator_new, a.denominator_new, a.numerator_old, a.denominator_old
                from added a
                union all
                select p.recipe_id, p.scope, p.unit_id, p.numerator, p.denominator, p.complete, p.there, p.due, p.owed, p.ahead_all - p.ahead, p.disputed,
                        p.period_from, p.period_to, p.observed_at, p.known_at, p.has_series, p.complete::integer, p.is_growing, n.numerator_6, n.denominator_6, n.low,
                        n.high, n.numerator_new, n.denominator_new,
                        case when p.complete > 2 then p.numerator - n.numerator_new end, case when p.complete > 2 then p.denominator - n.denominator_new end
                from plain p
                cross join lateral (
                        select sum(q.numerator) as numerator_6, sum(q.denominator) as denominator_6,
                                min(q.numerator / nullif(q.denominator, 0)) filter (where q.denominator > 0) as low,
                                max(q.numerator / nullif(q.denominator, 0)) filter (where q.denominator > 0) as high,
                                sum(q.numerator) filter (where q.nth <= 2) as numerator_new, sum(q.denominator) filter (where q.nth <= 2) as denominator_new
                        from (
                                select g.nth, p.newest[g.nth][1] as numerator, p.newest[g.nth][2] as denominator
                                from generate_series(1, array_length(p.newest, 1)) as g(nth)
                        ) q
                ) n
        ),
        -- Where periods are not added there is one that counts, and what each statement added to the one before.
        period as materialized (
                select u.*
                from comply.periods_used(p_version_id, p_as_of, p_known_at,
                        coalesce((select array_agg(c.criterion_id)
                                from registry.criterion c
                                where c.version_id = p_version_id
                                        and c.accumulate <> 'sum'
                                        and (p_criteria is null or c.criterion_id = any (p_criteria))), '{}'),
                        p_units) u
        ),
        total as (
                select p.criterion_id, p.scope, p.unit_id,
                        sum(p.numerator) filter (where p.is_used) as numerator,
                        sum(p.denominator) filter (where p.is_used) as denominator,
                        bool_or(p.is_used) as has_figure,
                        count(*) filter (where p.is_taken_back)::integer as taken_back,
                        bool_or(p.is_used and p.disputed) as disputed,
                        min(p.period_from) filter (where p.is_used) as period_from,
                        max(p.period_to) filter (where p.is_used) as period_to,
                        max(p.observed_at) as observed_at,
                        max(p.known_at) as known_at
                from period p
                group by p.criterion_id, p.scope, p.unit_id
        ),
        -- From here on the outlook: only ratios of a campaign that is not over go anywhere.
        grown as (
                select p.criterion_id, p.unit_id, p.period_from, p.period_to, sum(p.numerator) as numerator, sum(p.denominator) as denominator
                from period p
                join registry.criterion c on c.criterion_id = p.criterion_id and c.kind = 'ratio' and c.accumulate = 'latest'
                join registry.campaign_version v on v.version_id = c.version_id and v.to_on > p_as_of
                where p.is_complete and p.scope = 'unit'
                group by p.criterion_id, p.unit_id, p.period_from, p.period_to
        ),
        step as (
                select l.criterion_id, l.unit_id, l.day_before + 1 as period_from, l.period_to, l.numerator - l.numerator_before as numerator,
                        l.denominator - l.denominator_before as denominator
                from (
                        select g.*, lag(g.period_to) over w as day_before, lag(g.numerator) over w as numerator_before, lag(g.denominator) over w as denominator_before
                        from grown g
                        window w as (partition by g.criterion_id, g.unit_id, g.period_from order by g.period_to)
                ) l
                where l.day_before is not null
        ),
        series as (
                select s.criterion_id, s.unit_id, count(*)::integer as steps,
                        min(s.period_from) as first_day, max(s.period_to) as last_day,
                        sum(s.denominator) as denominator,
                        sum(s.numerator) filter (where s.nth <= 6) as numerator_6,
                        sum(s.denominator) filter (where s.nth <= 6) as denominator_6,
                        min(s.numerator / nullif(s.denominator, 0)) filter (where s.nth <= 6 and s.denominator > 0) as low,
                        max(s.numerator / nullif(s.denominator, 0)) filter (where s.nth <= 6 and s.denominator > 0) as high,
                        sum(s.numerator) filter (where s.nth <= 2) as numerator_new,
                        sum(s.denominator) filter (where s.nth <= 2) as denominator_new,
                        sum(s.numerator) filter (where s.nth > 2) as numerator_old,
                        sum(s.denominator) filter (where s.nth > 2) as denominator_old,
                        bool_and(s.denominator >= 0 and s.numerator >= 0) as is_growing
                from (
                        select t.*, row_number() over (partition by t.criterion_id, t.unit_id order by t.period_to desc) as nth
                        from step t
                ) s
                group by s.criterion_id, s.unit_id
        )
        select s.criterion_id, s.scope, s.unit_id, a.numerator, a.denominator, a.complete > 0, a.due, (coalesce(a.due, 0) - a.owed)::integer, a.disputed,
                a.period_from, a.period_to, a.observed_at, a.known_at,
                case when a.has_series then a.steps else 0 end,
                case when a.has_series then a.is_growing end,
                round(a.denominator * a.open / nullif(a.there, 0)),
                case when a.has_series then a.numerator_6 end, case when a.has_series then a.denominator_6 end,
                case when a.has_series then a.low end, case when a.has_series then a.high end,
                case when a.has_series then a.numerator_new end, case when a.has_series then a.denominator_new end,
                case when a.has_series then a.numerator_old end, case when a.has_series then a.denominator_old end
        from summed a
        join subject s on s.recipe_id = a.recipe_id and s.scope = a.scope and s.unit_id = a.unit_id
        union all
        select t.criterion_id, t.scope, t.unit_id, t.numerator, t.denominator, t.has_figure, null, t.taken_back, t.disputed, t.period_from, t.period_to,
                t.observed_at, t.known_at, coalesce(s.steps, 0), s.is_growing,
                round(s.denominator * (comply.review_day(p_version_id, p_as_of) - s.last_day) / nullif(s.last_day - s.first_day + 1, 0)),
                s.numerator_6, s.denominator_6, s.low, s.high, s.numerator_new, s.denominator_new, s.numerator_old, s.denominator_old
        from total t
        left join series s on s.criterion_id = t.criterion_id and s.unit_id = t.unit_id and t.scope = 'unit';
end;
comment on function comply.summed_figures(integer, date, timestamptz, integer[], integer[]) is
        'Ratios, flags and values: the periods that are used, added up, the periods that are missing, and how the figure grew.';

-- Every row with what its outlook rests on. The status of a row that is judged by its prospect is not given here.
create or replace function comply.reckoned_rows(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns table (criterion_id integer, scope text, level text, unit_id integer, status text, reason text, kind text, numerator numeric, denominator numeric,
        target numeric, periods_due integer, periods_missing integer, period_from date, period_to date, observed_at timestamptz, known_at timestamptz,
        no_outlook text, prospect text, steps integer, more_expected numeric, numerator_6 numeric, denominator_6 numeric, low numeric, high numeric,
        numerator_new numeric, denominator_new numeric, numerator_old numeric, denominator_old numeric)
language sql
stable
parallel safe
begin atomic
        with figure as materialized (
                select s.*
                from comply.summed_figures(p_version_id, p_as_of, p_known_at, p_criteria, p_units) s
                union all
                select s.criterion_id, s.scope, s.unit_id, s.numerator, s.denominator, s.has_figure, null, s.periods_missing,
                        s.disputed, s.period_from, s.period_to, s.observed_at, s.known_at, 0, null, null, null, null, null, null, null, null, null, null
                from comply.checklist_figures(p_version_id, p_as_of, p_known_at, p_criteria, p_units) s
                union all
                select s.criterion_id, s.scope, s.unit_id, s.numerator, s.denominator, s.has_figure, s.periods_due, s.periods_missing,
                        false, s.period_from, s.period_to, s.observed_at, s.known_at, 0, null, null, null, null, null, null, null, null, null, null
                from comply.deadline_figures(p_version_id, p_as_of, p_known_at, p_criteria, p_units) s
        ),
        goal as (
                select distinct on (s.criterion_id, s.scope, s.unit_id) s.criterion_id, s.scope, s.unit_id, t.value
                from comply.subjects(p_version_id, p_as_of, p_criteria, p_units) s
                join registry.target t
                        on t.criterion_id = s.criterion_id
                        and t.valid @> p_as_of
                        and case s.scope
                        when 'unit' then t.unit_id = s.unit_id or t.level = s.level
                        else t.whole
                        end
                where s.reason is null
                order by s.criterion_id, s.scope, s.unit_id, t.unit_id nulls last
        ),
        shown as (
                select s.criterion_id, s.scope, s.level, s.unit_id, s.reason, c.kind, c.direction,
                        coalesce(f.has_figure, false) as has_figure,
                        trim_scale(case when f.has_figure then f.numerator end) as numerator,
                        trim_scale(case when f.has_figure then f.denominator end) as denominator,
                        g.value as target, f.periods_due, f.periods_missing, f.disputed, f.period_from, f.period_to, f.observed_at, f.known_at,
                        (f.observed_at at time zone 'Asia/Ho_Chi_Minh')::date < p_as_of - c.stale_after as is_stale,
                        case
                        when s.scope <> 'unit' or c.kind <> 'ratio' or c.accumulate = 'state' then 'state'
                        when p_as_of >= v.to_on then 'closed'
                        when g.value is null then 'no_target'
                        when c.direction = 'at_most' then 'at_most'
                        when coalesce(f.steps, 0) < 3 then 'short_series'
                        when not f.is_growing then 'restated_series'
                        when coalesce(f.denominator_6, 0) = 0 or f.more_expected is null then 'no_figure'
                        end as no_outlook,
                        coalesce(f.steps, 0) as steps, f.more_expected, f.numerator_6, f.denominator_6, f.low, f.high, f.numerator_new, f.denominator_new,
                        f.numerator_old, f.denominator_old
                from comply.subjects(p_version_id, p_as_of, p_criteria, p_units) s
                join registry.criterion c on c.criterion_id = s.criterion_id
                join registry.campaign_version v on v.version_id = c.version_id
                left join figure f on f.criterion_id = s.criterion_id and f.scope = s.scope and f.unit_id = s.unit_id
                left join goal g on g.criterion_id = s.criterion_id and g.scope = s.scope and g.unit_id = s.unit_id
        )
        select s.criterion_id, s.scope, s.level, s.unit_id,
                comply.status(s.reason, s.has_figure, s.periods_missing, s.is_stale, s.kind in ('flag', 'value'), s.denominator, s.disputed,
                        s.target, comply.is_reached(s.kind, s.direction, s.numerator, s.denominator, s.target)),
                s.reason, s.kind, s.numerator, s.denominator, s.target, s.periods_due, s.periods_missing, s.period_from, s.period_to, s.observed_at,
                s.known_at, s.no_outlook,
                case
                when s.no_outlook is not null or s.reason is not null then null
                when (s.numerator + s.more_expected * s.numerator_6 / s.denominator_6) * 100 >= s.target * (s.denominator + s.more_expected) then 'on_track'
                else 'at_risk'
                end,
                s.steps, s.more_expected, s.numerator_6, s.denominator_6, s.low, s.high, s.numerator_new, s.denominator_new, s.numerator_old,
                s.denominator_old
        from shown s;
end;
comment on function comply.reckoned_rows(integer, date, timestamptz, integer[], integer[]) is
        'Figure, verdict and prospect of every unit, and of the province where it states its own figure.';

create or replace function comply.unit_rows(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns setof comply.result
language sql
stable
parallel safe
begin atomic
        select null::bigint, r.criterion_id, r.scope, r.level, case r.scope when 'unit' then r.unit_id end,
                case
                when v.while_open = 'prospect' and r.status in ('met', 'not_met') then coalesce(r.prospect, r.status)
                else r.status
                end,
                r.reason, r.numerator, r.denominator,
                case when r.kind in ('flag', 'value') then r.numerator else comply.percent(r.numerator, r.denominator) end,
                r.target, null::integer, null::integer, null::integer, r.periods_due, r.periods_missing,
                r.period_from, r.period_to, r.observed_at, r.known_at, r.prospect
        from comply.reckoned_rows(p_version_id, p_as_of, p_known_at, p_criteria, p_units) r
        cross join registry.campaign_version v
        where v.version_id = p_version_id;
end;
comment on function comply.unit_rows(integer, date, timestamptz, integer[], integer[]) is
        'Figure and status of every unit, and of the province where it states its own figure.';

-- Level and province figures sum numerators and denominators, or count units: never the mean of percentages.
create or replace function comply.roll_up(p_version_id integer, p_as_of date, p_rows comply.result[])
returns setof comply.result
language sql
stable
parallel safe
begin atomic
        with unit as (
                select r.*, c.kind, c.direction, c.province, c.count_among, c.passes, c.min_coverage,
                        r.status not in ('no_data', 'not_applicable', 'no_figure') as is_counted,
                        coalesce(c.province = 'count_units'
                                and r.status not in ('no_data', 'not_applicable', 'no_figure')
                                and comply.is_reached(c.kind, c.direction, r.numerator, r.denominator, c.passes), false) as is_passed
                from unnest(p_rows) r
                join registry.criterion c on c.criterion_id = r.criterion_id
                where r.scope = 'unit'
                        and r.status <> 'not_applicable'
        ),
        total as (
                select u.criterion_id, u.level, u.province, u.count_among, u.min_coverage, u.direction,
                        count(*)::integer as bound,
                        count(*) filter (where u.is_counted)::integer as counted,
                        count(*) filter (where u.is_passed)::integer as passed,
                        count(*) filter (where u.is_counted and u.value is not null)::integer as with_value,
                        sum(u.numerator) filter (where u.is_counted) as numerator,
                        sum(u.denominator) filter (where u.is_counted) as denominator,
                        max(u.observed_at) as observed_at,
                        max(u.known_at) as known_at
                from unit u
                group by u.criterion_id, u.province, u.count_among, u.min_coverage, u.direction, grouping sets ((u.level), ())
                -- The sum over all levels is the province's figure only where the criterion says so.
                having u.level is not null or u.province in ('sum', 'count_units')
        ),
        figure as (
                select t.*,
                        case when t.level is null then 'province' else 'level' end as scope,
                        case when t.counted > 0 then case t.province when 'count_units' then t.passed else t.numerator end end as shown_numerator,
                        case when t.counted > 0 then case
                                when t.province <> 'count_units' then t.denominator
                                when t.count_among = 'bound' then t.bound
                                else t.with_value
                                end end as shown_denominator,
                        (
                                select g.value
                                from registry.target g
                                where g.criterion_id = t.criterion_id
                                        and g.valid @> p_as_of
                                        and case
                                        when t.level is null then g.whole
                                        -- A level's target is a target of each unit; how many units must pass, the act does not say.
                                        else g.level = t.level and t.province <> 'count_units'
                                        end
                        ) as target
                from total t
        )
        select null::bigint, f.criterion_id, f.scope, f.level, null::integer,
                comply.status(null, f.counted > 0 and f.counted * 100 >= coalesce(f.min_coverage, 0) * f.bound, 0, false, false, f.shown_denominator, false, f.target,
                        comply.is_reached('ratio', f.direction, f.shown_numerator, f.shown_denominator, f.target)),
                null::text, trim_scale(f.shown_numerator), trim_scale(f.shown_denominator),
                comply.percent(f.shown_numerator, f.shown_denominator), f.target,
                f.bound, f.counted, case f.province when 'count_units' then f.passed end, null::integer, null::integer,
                null::date, null::date, f.observed_at, f.known_at, null::text
        from figure f;
end;
comment on function comply.roll_up(integer, date, comply.result[]) is
        'Levels and province out of the rows of their units.';

create or replace function comply.figures(p_version_id integer, p_as_of date, p_known_at timestamptz)
returns setof comply.result
language sql
stable
parallel safe
begin atomic
        with unit as materialized (
                select r as row
                from comply.unit_rows(p_version_id, p_as_of, p_known_at, null, null) r
        )
        select (u.row).*
        from unit u
        union all
        select p.*
        from comply.roll_up(p_version_id, p_as_of, (select array_agg(u.row) from unit u)) p;
end;
comment on function comply.figures(integer, date, timestamptz) is
        'Every row of one campaign version for one day, as known at p_known_at or, when that is null, now.';
