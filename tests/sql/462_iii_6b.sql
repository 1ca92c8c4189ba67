-- III.6b, KH 1670/KH-UBND: connected to the Government's report system, one yes or no for the province.
begin;
select plan(5);

select try.refresh();
select is(try.level(null, 'III.6b'), 'no_data -/- > 1', 'nothing declared');
select try.state('H43', 'lris.connected', 0, '2024-03-31');
select try.refresh();
select is(try.level(null, 'III.6b'), 'not_met 0/- > 1', 'declared as not connected');
select try.state('H43', 'lris.connected', 1, '2024-06-30');
select try.refresh();
select is(try.level(null, 'III.6b'), 'met 1/- > 1', 'the newest declaration counts');
select is((select count(*) from api_v1.compliance where criterion = 'III.6b'), 0::bigint, 'no unit has a row');
select is((select count(*) from api_v1.compliance_levels where criterion = 'III.6b'), 1::bigint, 'nor has a level');

select * from finish();
rollback;
