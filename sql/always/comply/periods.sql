-- Reporting periods: calendar ones, and those of Nghị định 09/2019/NĐ-CP, Art. 12, which run from the 15th to the 14th.
--
-- A period is named after the month it ends in. One of k months that ends in month m begins, in the calendar, on the first of
-- month m - k + 1, and by the decree on the 15th of month m - k: 15/12/2023 - 14/6/2024 is the first half of 2024.

create or replace function comply.periods(p_kinds text[], p_calendar text, p_from date, p_to date)
returns table (kind text, period_from date, period_to date)
language sql
immutable
parallel safe
begin atomic
        with shape (kind, months) as (
                values ('month', 1), ('quarter', 3), ('half', 6), ('nine_months', 9), ('year', 12)
        ),
        ending as (
                select m.month::date as month
                from generate_series(date_trunc('month', p_from::timestamp), p_to::timestamp, interval '1 month') as m(month)
        ),
        period as (
                select s.kind,
                        case p_calendar
                        when '15-14' then (e.month - s.months * interval '1 month')::date + 14
                        else (e.month - (s.months - 1) * interval '1 month')::date
                        end as period_from,
                        case p_calendar
                        when '15-14' then e.month + 13
                        else (e.month + interval '1 month')::date - 1
                        end as period_to
                from shape s
                join ending e
                        on case s.kind
                        when 'nine_months' then extract(month from e.month) = 9
                        else extract(month from e.month)::integer % s.months = 0
                        end
                where s.kind = any (p_kinds)
                union all
                select 'day', d.day::date, d.day::date
                from generate_series(p_from::timestamp, p_to::timestamp, interval '1 day') as d(day)
                where 'day' = any (p_kinds)
        )
        select p.kind, p.period_from, p.period_to
        from period p
        where p.period_to between p_from and p_to;
end;
comment on function comply.periods(text[], text, date, date) is
        'Every period of these kinds and this calendar whose last day lies in p_from..p_to.';

-- The same, asked of one period: how many months it has, what its last day is, and that it begins as many months before the day after it.
create or replace function comply.is_period(p_months integer, p_calendar text, p_from date, p_to date)
returns boolean
language sql
immutable
parallel safe
begin atomic
        select case
                when p_months = 0 then p_from = p_to
                else extract(day from p_to + 1) = case p_calendar when '15-14' then 15 else 1 end
                        and extract(month from p_to)::integer % p_months = 0
                        and p_from = (p_to + 1 - p_months * interval '1 month')::date
                end;
end;
comment on function comply.is_period(integer, text, date, date) is
        'Whether comply.periods() gives this one, among those of a kind with so many months; 0: days.';
