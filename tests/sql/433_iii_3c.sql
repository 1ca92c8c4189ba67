-- III.3c, KH 1670/KH-UBND: systems in use, declared yes or no, no target.
begin;
select plan(6);

select try.state('nt-so-y-te', 'system.in_use', 1);
select try.state('nt-mttq', 'system.in_use', 0);
select try.state('nt-ninh-son', 'system.in_use', null);
select try.refresh();

select is(try.unit('nt-so-y-te', 'III.3c'), 'no_target 1/- > -', 'a yes without a verdict');
select is(try.unit('nt-mttq', 'III.3c'), 'no_target 0/- > -', 'a no without a verdict');
select is(try.unit('nt-ninh-son', 'III.3c'), 'no_data -/- > -', 'an empty cell');
select is(try.level('P', 'III.3c'), 'no_target 1/20 > -, 1 of 20', 'units that say yes / units bound');
select is(try.level('M', 'III.3c'), 'no_target 0/6 > -, 1 of 6', 'mass organisations are bound too');
select is(try.level(null, 'III.3c'), 'no_target 1/95 > -, 2 of 95', 'the province');

select * from finish();
rollback;
