-- III.3b, KH 1670/KH-UBND: work files handled online / all, P 100, H 95, X 75, never one figure over levels.
begin;
select plan(15);

create function pg_temp.files(p_unit text, p_online integer, p_all integer, p_observed_at timestamptz default '2024-12-12 09:00+07')
returns void
language sql
as $$
        -- The whole year's figure in January, ten months of nothing after it.
        select try.month(p_unit, 'workfile.online', m, case m when 1 then p_online else 0 end, p_observed_at),
                try.month(p_unit, 'workfile.all', m, case m when 1 then p_all else 0 end, p_observed_at)
        from generate_series(1, 11) m
$$;

select pg_temp.files('nt-so-tttt', 3000, 3000);
select pg_temp.files('nt-so-noi-vu', 3999, 4000);
select pg_temp.files('nt-prtc', 4750, 5000);
select pg_temp.files('nt-ninh-hai', 4749, 5000);
select pg_temp.files('nt-bac-ai-phuoc-dai', 900, 1200);
select pg_temp.files('nt-bac-ai-phuoc-chinh', 899, 1200);
select pg_temp.files('nt-so-gtvt', 10, 10, '2024-08-30 17:00+07');
select pg_temp.files('nt-so-y-te', 10, 10, '2024-10-14 23:30+07');
select pg_temp.files('nt-so-khcn', 10, 10, '2024-10-13 23:30+07');
select pg_temp.files('nt-thuan-nam', 0, 0);
select try.month('nt-ninh-son', 'workfile.online', 1, 5, '2024-08-30 17:00+07');
select try.month('nt-ninh-son', 'workfile.all', 1, 5, '2024-08-30 17:00+07');
select try.refresh();

select is(try.unit('nt-so-tttt', 'III.3b'), 'met 3000/3000 > 100', 'a department with every file online');
select is(try.unit('nt-so-noi-vu', 'III.3b'), 'not_met 3999/4000 > 100', 'one file of 4,000 is missing');
select is(try.unit('nt-prtc', 'III.3b'), 'met 4750/5000 > 95', 'a district at exactly 95');
select is(try.unit('nt-ninh-hai', 'III.3b'), 'not_met 4749/5000 > 95', 'one file short of 95');
select is(try.unit('nt-bac-ai-phuoc-dai', 'III.3b'), 'met 900/1200 > 75', 'a commune at exactly 75');
select is(try.unit('nt-bac-ai-phuoc-chinh', 'III.3b'), 'not_met 899/1200 > 75', 'one file short of 75');
select is(try.unit('nt-so-gtvt', 'III.3b'), 'stale 10/10 > 100', 'the source stopped in August');
select is(try.unit('nt-so-y-te', 'III.3b'), 'met 10/10 > 100', 'sixty days are not too old');
select is(try.unit('nt-so-khcn', 'III.3b'), 'stale 10/10 > 100', 'sixty-one are, by the day in Việt Nam');
select is(try.unit('nt-ninh-son', 'III.3b'), 'overdue 5/5 > 95', 'missing months come before old ones');
select is(try.unit('nt-thuan-nam', 'III.3b'), 'no_figure 0/0 > 95', 'no file at all');
select is(try.unit('nt-thanh-tra', 'III.3b'), 'no_data -/- > 100', 'nothing ever came');
select is(try.level('P', 'III.3b'), 'not_met 7029/7030 > 100, 5 of 20', 'departments, the stale ones in the sum');
select is(try.level('H', 'III.3b'), 'not_met 9504/10005 > 95, 3 of 7', 'districts: 9,504 of 10,005 is below 95');
select is(try.level(null, 'III.3b'), null, 'there is no figure over levels');

select * from finish();
rollback;
