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

create or replace function comply.period_figures(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns table (criterion_id integer, scope text, unit_id integer, contributor_id integer, period_type smallint, period_from date,
        period_to date, numerator numeric, denominator numeric, is_complete boolean, says_null boolean, disputed boolean,
        observed_at timestamptz, known_at timestamptz)
language sql
stable
begin atomic
        with needed as (
                select i.criterion_id, count(*) as metrics
                from registry.criterion_input i
                where i.role in ('numerator', 'denominator', 'value')
                group by i.criterion_id
        ),
        stated as (
                select s.criterion_id, s.scope, s.unit_id, s.contributor_id, s.period_type, s.period_from, s.period_to,
                        coalesce(sum(s.value) filter (where s.role = 'numerator'), min(s.value) filter (where s.role = 'value')) as numerator,
                        sum(s.value) filter (where s.role = 'denominator') as denominator,
                        count(s.value) filter (where s.role <> 'witness') as metrics,
                        bool_or(s.value is null) filter (where s.role <> 'witness') as says_null,
                        coalesce(bool_or(s.value > 0) filter (where s.role = 'witness'), false) as is_witnessed,
                        coalesce(bool_or(s.quality = 'disputed'), false) as disputed,
                        max(s.observed_at) as observed_at,
                        max(s.known_at) as known_at
                from comply.statements(p_version_id, p_as_of, p_known_at, p_criteria, p_units) s
                where s.role <> 'item'
                group by s.criterion_id, s.scope, s.unit_id, s.contributor_id, s.period_type, s.period_from, s.period_to
        )
        select s.criterion_id, s.scope, s.unit_id, s.contributor_id, s.period_type, s.period_from, s.period_to,
                case c.kind when 'flag' then (s.numerator >= 1)::integer else s.numerator end,
                coalesce(s.denominator, c.out_of),
                s.metrics = n.metrics and not (s.is_witnessed and s.denominator = 0),
                coalesce(s.says_null, false), s.disputed, s.observed_at, s.known_at
        from stated s
        join needed n on n.criterion_id = s.criterion_id
        join registry.criterion c on c.criterion_id = s.criterion_id;
end;
comment on function comply.period_figures(integer, date, timestamptz, integer[], integer[]) is
        'The statements about one period together. Complete: every metric is there, none is null, no witness refutes an all-zero denominator.';

create or replace function comply.periods_used(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns table (criterion_id integer, scope text, unit_id integer, contributor_id integer, period_type smallint, period_from date,
        period_to date, numerator numeric, denominator numeric, is_complete boolean, is_used boolean, is_taken_back boolean,
        disputed boolean, observed_at timestamptz, known_at timestamptz)
language sql
stable
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

create or replace function comply.summed_figures(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criteria integer[],
        p_units integer[])
returns table (criterion_id integer, scope text, unit_id integer, numerator numeric, denominator numeric, has_figure boolean,
        periods_due integer, periods_missing integer, disputed boolean, period_from date, period_to date, observed_at timestamptz,
        known_at timestamptz, steps integer, is_growing boolean, more_expected numeric, numerator_6 numeric, denominator_6 numeric,
        low numeric, high numeric, numerator_new numeric, denominator_new numeric, numerator_old numeric, denominator_old numeric)
language sql
stable
begin atomic
        with period as materialized (
                select u.*
                from comply.periods_used(p_version_id, p_as_of, p_known_at, p_criteria, p_units) u
                join registry.criterion c on c.criterion_id = u.criterion_id and c.kind <> 'deadline'
        ),
        expected as (
                select e.criterion_id, e.scope, e.unit_id,
                        count(*) filter (where e.is_owed)::integer as due,
                        count(*) filter (where e.is_owed and p.criterion_id is null)::integer as missing,
                        count(p.criterion_id) as there,
                        count(*) filter (where e.is_ahead and p.criterion_id is null) as open
                from comply.periods_expected(p_version_id, p_as_of, p_criteria, p_units) e
                left join period p
                        on p.criterion_id = e.criterion_id
                        and p.scope = e.scope
                        and p.unit_id = e.unit_id
                        and p.contributor_id = e.contributor_id
                        and p.period_from = e.period_from
                        and p.period_to = e.period_to
                        and p.is_complete
                group by e.criterion_id, e.scope, e.unit_id
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
                select p.criterion_id, p.unit_id, c.accumulate, p.period_from, p.period_to, sum(p.numerator) as numerator, sum(p.denominator) as denominator
                from period p
                join registry.criterion c on c.criterion_id = p.criterion_id and c.kind = 'ratio' and c.accumulate <> 'state'
                join registry.campaign_version v on v.version_id = c.version_id and v.to_on > p_as_of
                where p.is_complete and p.scope = 'unit'
                group by p.criterion_id, p.unit_id, c.accumulate, p.period_from, p.period_to
        ),
        step as (
                select g.criterion_id, g.unit_id, g.period_from, g.period_to, g.numerator, g.denominator
                from grown g
                where g.accumulate = 'sum'
                union all
                -- Of figures that grow through the year, what each statement added to the one before.
                select l.criterion_id, l.unit_id, l.day_before + 1, l.period_to, l.numerator - l.numerator_before, l.denominator - l.denominator_before
                from (
                        select g.*, lag(g.period_to) over w as day_before, lag(g.numerator) over w as numerator_before, lag(g.denominator) over w as denominator_before
                        from grown g
                        where g.accumulate = 'latest'
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
        select t.criterion_id, t.scope, t.unit_id, t.numerator, t.denominator, t.has_figure, e.due,
                coalesce(e.missing, 0) + t.taken_back, t.disputed, t.period_from, t.period_to, t.observed_at, t.known_at,
                coalesce(s.steps, 0), s.is_growing,
                case c.accumulate
                when 'sum' then round(t.denominator * e.open / nullif(e.there, 0))
                else round(s.denominator * (comply.review_day(p_version_id, p_as_of) - s.last_day) / nullif(s.last_day - s.first_day + 1, 0))
                end,
                s.numerator_6, s.denominator_6, s.low, s.high, s.numerator_new, s.denominator_new, s.numerator_old, s.denominator_old
        from total t
        join registry.criterion c on c.criterion_id = t.criterion_id
        left join expected e on e.criterion_id = t.criterion_id and e.scope = t.scope and e.unit_id = t.unit_id
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
