-- III.8a, KH 1670/KH-UBND: connected national databases of the five that are named, the province's own figure.
begin;
select plan(4);

select try.refresh();
select is(try.level(null, 'III.8a'), 'no_data -/- > 100', 'nothing declared: no data, and not 0 of 5');
select try.state('H43', 'database.connected', 4);
select try.refresh();
select is(try.level(null, 'III.8a'), 'not_met 4/5 > 100', 'four of five');
select try.state('H43', 'database.connected', 5, '2024-12-01');
select try.refresh();
select is(try.level(null, 'III.8a'), 'met 5/5 > 100', 'all five');
select is((select count(*) from api_v1.compliance where criterion = 'III.8a'), 0::bigint, 'no unit has a row');

select * from finish();
rollback;
