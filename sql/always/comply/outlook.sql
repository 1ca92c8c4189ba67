-- The outlook: where a figure is heading while its campaign is still open, and how much is missing in plain counts.
--
-- Made of comply.reckoned_rows(), which finds series and prospect next to the figure. Arithmetic a person can redo: the periods still to come are as large as those that came, on average, and go as the newest six
-- went together; at worst and at best as the worst and the best of these six. With fewer than three there is no outlook.

create or replace function comply.outlook(p_version_id integer, p_as_of date, p_known_at timestamptz)
returns table (criterion_id integer, unit_id integer, level text, review_on date, status text, no_outlook text, trend text,
        numerator numeric, denominator numeric, target numeric, more_expected numeric, missing numeric, is_out_of_reach boolean,
        expected_value numeric, expected_low numeric, expected_high numeric, steps integer)
language sql
stable
begin atomic
        with shown as (
                select r.*, comply.review_day(p_version_id, p_as_of) as review_on, r.denominator + r.more_expected as whole
                from comply.reckoned_rows(p_version_id, p_as_of, p_known_at, null, null) r
                where r.scope = 'unit' and r.status <> 'not_applicable'
        ),
        missed as (
                select s.*, greatest(0, ceil(s.target * s.whole / 100) - s.numerator) as missing
                from shown s
        )
        select r.criterion_id, r.unit_id, r.level, r.review_on, coalesce(r.prospect, r.status), r.no_outlook,
                case
                when r.no_outlook is not null or r.denominator_new = 0 or coalesce(r.denominator_old, 0) = 0 then null
                when r.numerator_new * r.denominator_old > r.numerator_old * r.denominator_new then 'rising'
                when r.numerator_new * r.denominator_old < r.numerator_old * r.denominator_new then 'falling'
                else 'steady'
                end,
                r.numerator, r.denominator, r.target,
                case when r.no_outlook is null then r.more_expected end,
                case when r.no_outlook is null then r.missing end,
                case when r.no_outlook is null then r.missing > r.more_expected end,
                case when r.no_outlook is null then comply.percent(r.numerator + r.more_expected * (r.numerator_6 / nullif(r.denominator_6, 0)), r.whole) end,
                case when r.no_outlook is null then comply.percent(r.numerator + r.more_expected * r.low, r.whole) end,
                case when r.no_outlook is null then comply.percent(r.numerator + r.more_expected * r.high, r.whole) end,
                r.steps
        from missed r;
end;
comment on function comply.outlook(integer, date, timestamptz) is
        'Expected value of each unit''s figure on the next review, its range, and what is missing in counts.';
