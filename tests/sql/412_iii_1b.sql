-- III.1b, KH 1670/KH-UBND: digitised files / files, year to date, no target.
begin;
select plan(9);

select try.year_to_date('nt-so-y-te', 'digitised.done', 30, '2024-06-30');
select try.year_to_date('nt-so-y-te', 'digitised.all', 90, '2024-06-30');
select try.year_to_date('nt-so-y-te', 'digitised.done', 60);
select try.year_to_date('nt-so-y-te', 'digitised.all', 120);
select try.year_to_date('nt-ninh-son', 'digitised.done', 5);
select try.year_to_date('nt-ninh-son', 'digitised.all', 80);
select try.year_to_date('nt-so-gddt', 'digitised.done', null);
select try.year_to_date('nt-so-gddt', 'digitised.all', null);
select try.year_to_date('nt-thuan-nam', 'digitised.done', null);
select try.year_to_date('nt-thuan-nam', 'digitised.all', 40);
select try.year_to_date('nt-so-tttt', 'digitised.done', 0);
select try.year_to_date('nt-so-tttt', 'digitised.all', 0);
-- A month's own figure is another thing than the year's so far.
select try.month('nt-so-khcn', 'digitised.done', 11, 9);
select try.month('nt-so-khcn', 'digitised.all', 11, 9);
select try.year_to_date('nt-so-tai-chinh', 'digitised.done', 4, '2024-12-31');
select try.year_to_date('nt-so-tai-chinh', 'digitised.all', 4, '2024-12-31');
select try.refresh();

select is(try.unit('nt-so-y-te', 'III.1b'), 'no_target 60/120 > -', 'the newest figure of the year, not the sum of figures');
select is(try.unit('nt-so-gddt', 'III.1b'), 'no_data -/- > -', 'nulls are no data');
select is(try.unit('nt-thuan-nam', 'III.1b'), 'no_data -/- > -', 'half a ratio is no figure');
select is(try.unit('nt-so-tttt', 'III.1b'), 'no_figure 0/0 > -', 'nothing to digitise gives no figure');
select is(try.unit('nt-so-khcn', 'III.1b'), 'no_data -/- > -', 'a month is not a year to date');
select is(try.unit('nt-so-tai-chinh', 'III.1b'), 'no_data -/- > -', 'a figure that runs past the day does not count on it');
select is(try.unit('nt-prtc-do-vinh', 'III.1b'), 'not_applicable -/- > -', 'communes are not named');
select is(try.level('P', 'III.1b'), 'no_target 60/120 > -, 1 of 20', 'departments with a figure');
select is(try.level(null, 'III.1b'), 'no_target 65/200 > -, 2 of 27', 'sum / sum: 65 of 200, where the mean of shares would be 28 %');

select * from finish();
rollback;
