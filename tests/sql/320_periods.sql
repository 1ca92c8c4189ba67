-- Periods of Nghị định 09/2019/NĐ-CP, Art. 12, and of the calendar.
begin;
select plan(10);

create function pg_temp.shown(p_kind text, p_calendar text, p_from date, p_to date) returns setof text language sql as $$
        select to_char(period_from, 'YYYY-MM-DD') || ' ' || to_char(period_to, 'YYYY-MM-DD')
        from comply.periods(array[p_kind], p_calendar, p_from, p_to) order by period_to
$$;
select results_eq($$select pg_temp.shown('month', '15-14', '2024-08-01', '2024-08-31')$$, array['2024-07-15 2024-08-14'], 'August: 15/7 - 14/8');
select results_eq($$select pg_temp.shown('quarter', '15-14', '2024-01-01', '2024-12-31')$$,
        array['2023-12-15 2024-03-14', '2024-03-15 2024-06-14', '2024-06-15 2024-09-14', '2024-09-15 2024-12-14'], 'quarters');
select results_eq($$select pg_temp.shown('half', '15-14', '2024-01-01', '2024-12-31')$$,
        array['2023-12-15 2024-06-14', '2024-06-15 2024-12-14'], 'halves');
select results_eq($$select pg_temp.shown('nine_months', '15-14', '2024-01-01', '2024-12-31')$$, array['2023-12-15 2024-09-14'], 'nine months');
select results_eq($$select pg_temp.shown('year', '15-14', '2024-01-01', '2024-12-31')$$, array['2023-12-15 2024-12-14'], 'the year');
select results_eq($$select pg_temp.shown('month', 'calendar', '2024-01-15', '2024-03-30')$$,
        array['2024-01-01 2024-01-31', '2024-02-01 2024-02-29'], 'months that have ended, by their last day');
select results_eq($$select pg_temp.shown('half', 'calendar', '2024-01-01', '2024-12-31')$$,
        array['2024-01-01 2024-06-30', '2024-07-01 2024-12-31'], 'halves of the calendar');
select is((select count(*) from comply.periods('{day}', 'calendar', '2024-02-01', '2024-02-29')), 29::bigint, 'days of a leap February');
select is_empty($$
        select a.period_to from comply.periods('{month}', '15-14', '2023-01-01', '2026-12-31') a
        where not exists (select from comply.periods('{month}', '15-14', '2023-01-01', '2027-12-31') b where b.period_from = a.period_to + 1)
$$, 'months tile without gap or overlap');

-- Asked of one period, of every span that begins and ends anywhere near one, the answer is the same.
select is_empty($$
        select k.kind, c.calendar, f.on_day, t.on_day
        from (values ('day', 0), ('month', 1), ('quarter', 3), ('half', 6), ('nine_months', 9), ('year', 12)) k(kind, months)
        cross join (values ('calendar'), ('15-14')) c(calendar)
        cross join lateral (select distinct p.period_from + d.off as on_day from comply.periods(array[k.kind], c.calendar, '2023-01-01', '2025-03-31') p, generate_series(-1, 1) d(off)) f
        cross join lateral (select distinct p.period_to + d.off as on_day from comply.periods(array[k.kind], c.calendar, '2023-01-01', '2025-03-31') p, generate_series(-1, 1) d(off)) t
        left join lateral comply.periods(array[k.kind], c.calendar, t.on_day, t.on_day) p on p.period_from = f.on_day
        where f.on_day <= t.on_day and f.on_day > t.on_day - 400 and (k.months > 0 or f.on_day > t.on_day - 3)
                and comply.is_period(k.months, c.calendar, f.on_day, t.on_day) is distinct from (p.period_from is not null)
$$, 'one period is one exactly when the calendar lists it');

select * from finish();
rollback;
