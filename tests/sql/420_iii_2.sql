-- III.2, KH 1670/KH-UBND: at least one product, registered and carried out.
begin;
select plan(10);

select try.state('nt-so-y-te', 'product.registered', 2);
select try.state('nt-so-y-te', 'product.in_use', 1);
select try.state('nt-hoi-ccb', 'product.registered', 1);
select try.state('nt-hoi-ccb', 'product.in_use', 1);
select try.state('nt-ninh-son', 'product.registered', 1);
select try.state('nt-ninh-son', 'product.in_use', 0);
select try.state('nt-prtc-do-vinh', 'product.registered', 0);
select try.state('nt-prtc-do-vinh', 'product.in_use', 0);
select try.state('nt-ninh-hai-tri-hai', 'product.registered', 1);
select try.state('nt-ninh-hai-tri-hai', 'product.in_use', null);
select try.refresh();

select is(try.unit('nt-so-y-te', 'III.2'), 'met 1/- > 1', 'registered and in use');
select is(try.unit('nt-hoi-ccb', 'III.2'), 'met 1/- > 1', 'mass organisations are bound');
select is(try.unit('nt-ninh-son', 'III.2'), 'not_met 0/- > 1', 'registered alone is not enough');
select is(try.unit('nt-prtc-do-vinh', 'III.2'), 'not_met 0/- > 1', 'a declared zero is a figure');
select is(try.unit('nt-ninh-hai-tri-hai', 'III.2'), 'no_data -/- > 1', 'one of two cells empty: no data');
select is(try.unit('nt-thanh-tra', 'III.2'), 'no_data -/- > 1', 'nothing declared: no data');
select is(try.level('P', 'III.2'), 'no_target 1/20 > -, 1 of 20', 'units with a product / units bound');
select is(try.level('M', 'III.2'), 'no_target 1/6 > -, 1 of 6', 'mass organisations');
select is(try.level('H', 'III.2'), 'no_target 0/7 > -, 1 of 7', 'none of seven');
select is(try.level(null, 'III.2'), 'no_target 2/95 > -, 4 of 95', 'the province counts units');

select * from finish();
rollback;
