-- The calendar of expected data: who owes which figure by when, and who is silent.

create or replace function comply.expected(p_version_id integer, p_as_of date, p_known_at timestamptz)
returns table (criterion_id integer, unit_id integer, contributor_id integer, period_kind text, period_from date, period_to date,
        due_on date, state text, known_at timestamptz)
language sql
stable
begin atomic
        with source as materialized (
                select s.criterion_id, s.scope, s.unit_id, s.contributor_id
                from comply.sources(p_version_id, p_as_of, null, null) s
        ),
        period as (
                select s.criterion_id, s.scope, s.unit_id, s.contributor_id, p.kind, p.period_from, p.period_to,
                        (p.period_to + c.due_after)::date as due_on
                from source s
                join registry.criterion c on c.criterion_id = s.criterion_id and c.accumulate = 'sum'
                join registry.campaign_version v on v.version_id = c.version_id
                join registry.unit u on u.unit_id = s.contributor_id
                cross join lateral comply.periods(c.period, c.calendar, v.measure_from, least(v.measure_to, v.to_on)) p
                where u.valid @> p.period_to
        ),
        figure as materialized (
                select f.*
                from comply.period_figures(p_version_id, p_as_of, p_known_at, null, null) f
        ),
        standing as materialized (
                select r.*
                from comply.unit_rows(p_version_id, p_as_of, p_known_at, null, null) r
                join registry.criterion c on c.criterion_id = r.criterion_id and c.accumulate <> 'sum'
                where r.status <> 'not_applicable'
        )
        select p.criterion_id, p.unit_id, p.contributor_id, p.kind, p.period_from, p.period_to, p.due_on,
                case
                when coalesce(f.is_complete, false) then 'delivered'
                when p.due_on <= p_as_of then 'overdue'
                when p.period_to < p_as_of then 'awaited'
                else 'not_yet'
                end,
                f.known_at
        from period p
        left join figure f
                on f.criterion_id = p.criterion_id
                and f.scope = p.scope
                and f.unit_id = p.unit_id
                and f.contributor_id = p.contributor_id
                and f.period_from = p.period_from
                and f.period_to = p.period_to
        union all
        -- No act says by when a state is to be stated anew: only silence and age can be seen.
        select s.criterion_id, coalesce(s.unit_id, v.province_id), coalesce(s.unit_id, v.province_id), null, s.period_from, s.period_to, null,
                case s.status
                when 'no_data' then 'silent'
                when 'stale' then 'stale'
                when 'overdue' then 'overdue'
                else 'delivered'
                end,
                s.known_at
        from standing s
        cross join registry.campaign_version v
        where v.version_id = p_version_id;
end;
comment on function comply.expected(integer, date, timestamptz) is
        'Every figure that a campaign expects of every unit, until its end, and where it stands on the day.';
