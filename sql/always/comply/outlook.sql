-- The outlook: where a figure is heading while its campaign is still open, and how much is missing in plain counts.
--
-- Arithmetic a person can redo: the periods still to come are as large as those that came, on average, and go as the newest six
-- went together; at worst and at best as the worst and the best of these six. With fewer than three there is no outlook.

create or replace function comply.steps(p_version_id integer, p_as_of date, p_known_at timestamptz)
returns table (criterion_id integer, unit_id integer, period_from date, period_to date, numerator numeric, denominator numeric)
language sql
stable
begin atomic
        with figure as (
                select f.criterion_id, f.unit_id, c.accumulate, f.period_from, f.period_to,
                        sum(f.numerator) as numerator, sum(f.denominator) as denominator
                from comply.period_figures(p_version_id, p_as_of, p_known_at, null, null) f
                join registry.criterion c on c.criterion_id = f.criterion_id and c.kind = 'ratio' and c.accumulate <> 'state'
                where f.is_complete and f.scope = 'unit'
                group by f.criterion_id, f.unit_id, c.accumulate, f.period_from, f.period_to
        )
        select f.criterion_id, f.unit_id, f.period_from, f.period_to, f.numerator, f.denominator
        from figure f
        where f.accumulate = 'sum'
        union all
        -- Of figures that grow through the year, what each statement added to the one before.
        select g.criterion_id, g.unit_id, g.day_before + 1, g.period_to, g.numerator - g.numerator_before, g.denominator - g.denominator_before
        from (
                select f.*, lag(f.period_to) over w as day_before, lag(f.numerator) over w as numerator_before,
                        lag(f.denominator) over w as denominator_before
                from figure f
                where f.accumulate = 'latest'
                window w as (partition by f.criterion_id, f.unit_id, f.period_from order by f.period_to)
        ) g
        where g.day_before is not null;
end;
comment on function comply.steps(integer, date, timestamptz) is
        'How the figures of units grew: period by period, or from one year-to-date statement to the next.';

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

create or replace function comply.outlook(p_version_id integer, p_as_of date, p_known_at timestamptz)
returns table (criterion_id integer, unit_id integer, level text, review_on date, status text, no_outlook text, trend text,
        numerator numeric, denominator numeric, target numeric, more_expected numeric, missing numeric, is_out_of_reach boolean,
        expected_value numeric, expected_low numeric, expected_high numeric, steps integer)
language sql
stable
begin atomic
        with day as (
                select comply.review_day(p_version_id, p_as_of) as review_on
        ),
        step as materialized (
                select s.*, row_number() over (partition by s.criterion_id, s.unit_id order by s.period_to desc) as nth
                from comply.steps(p_version_id, p_as_of, p_known_at) s
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
                from step s
                group by s.criterion_id, s.unit_id
        ),
        calendar as (
                select e.criterion_id, e.unit_id,
                        count(*) filter (where e.state = 'delivered') as there,
                        count(*) filter (where e.state <> 'delivered' and e.period_to <= d.review_on) as open
                from comply.expected(p_version_id, p_as_of, p_known_at) e
                cross join day d
                where e.period_kind is not null
                group by e.criterion_id, e.unit_id
        ),
        shown as (
                select r.criterion_id, r.unit_id, r.level, d.review_on, r.status, r.numerator, r.denominator, r.target, s.steps, s.low, s.high,
                        s.numerator_6 / nullif(s.denominator_6, 0) as middle, s.numerator_new, s.denominator_new, s.numerator_old,
                        s.denominator_old,
                        case
                        when c.kind <> 'ratio' or c.accumulate = 'state' then 'state'
                        when p_as_of >= v.to_on then 'closed'
                        when r.target is null then 'no_target'
                        when c.direction = 'at_most' then 'at_most'
                        when coalesce(s.steps, 0) < 3 then 'short_series'
                        when not s.is_growing then 'restated_series'
                        when coalesce(s.denominator_6, 0) = 0 then 'no_figure'
                        end as no_outlook,
                        round(case c.accumulate
                                when 'sum' then r.denominator * k.open / nullif(k.there, 0)
                                else s.denominator * (d.review_on - s.last_day) / nullif(s.last_day - s.first_day + 1, 0)
                                end) as more
                from comply.unit_rows(p_version_id, p_as_of, p_known_at, null, null) r
                join registry.criterion c on c.criterion_id = r.criterion_id
                join registry.campaign_version v on v.version_id = c.version_id
                cross join day d
                left join series s on s.criterion_id = r.criterion_id and s.unit_id = r.unit_id
                left join calendar k on k.criterion_id = r.criterion_id and k.unit_id = r.unit_id
                where r.scope = 'unit' and r.status <> 'not_applicable'
        ),
        reckoned as (
                select s.*, s.denominator + s.more as whole,
                        greatest(0, ceil(s.target * (s.denominator + s.more) / 100) - s.numerator) as missing
                from shown s
        )
        select r.criterion_id, r.unit_id, r.level, r.review_on,
                case
                when r.no_outlook is not null then r.status
                when (r.numerator + r.more * r.middle) * 100 >= r.target * r.whole then 'on_track'
                else 'at_risk'
                end,
                r.no_outlook,
                case
                when r.no_outlook is not null or r.denominator_new = 0 or coalesce(r.denominator_old, 0) = 0 then null
                when r.numerator_new * r.denominator_old > r.numerator_old * r.denominator_new then 'rising'
                when r.numerator_new * r.denominator_old < r.numerator_old * r.denominator_new then 'falling'
                else 'steady'
                end,
                r.numerator, r.denominator, r.target,
                case when r.no_outlook is null then r.more end,
                case when r.no_outlook is null then r.missing end,
                case when r.no_outlook is null then r.missing > r.more end,
                case when r.no_outlook is null then comply.percent(r.numerator + r.more * r.middle, r.whole) end,
                case when r.no_outlook is null then comply.percent(r.numerator + r.more * r.low, r.whole) end,
                case when r.no_outlook is null then comply.percent(r.numerator + r.more * r.high, r.whole) end,
                coalesce(r.steps, 0)
        from reckoned r;
end;
comment on function comply.outlook(integer, date, timestamptz) is
        'Expected value of each unit''s figure on the next review, its range, and what is missing in counts.';
