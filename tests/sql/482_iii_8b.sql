-- III.8b, KH 1670/KH-UBND: listed datasets provided / listed; agencies complete / agencies with a list, 50 as a whole.
begin;
select plan(9);

select try.state('nt-so-tttt', 'opendata.provided', 8);
select try.state('nt-so-tttt', 'opendata.listed', 8);
select try.state('nt-so-y-te', 'opendata.provided', 7);
select try.state('nt-so-y-te', 'opendata.listed', 8);
select try.state('nt-ninh-son', 'opendata.provided', 3);
select try.state('nt-ninh-son', 'opendata.listed', 3);
select try.state('nt-so-ldtbxh', 'opendata.provided', 0);
select try.state('nt-so-ldtbxh', 'opendata.listed', 5);
select try.state('nt-so-noi-vu', 'opendata.provided', 0);
select try.state('nt-so-noi-vu', 'opendata.listed', 0);
select try.refresh();

select is(try.unit('nt-so-tttt', 'III.8b'), 'no_target 8/8 > -', 'everything listed is provided');
select is(try.unit('nt-so-y-te', 'III.8b'), 'no_target 7/8 > -', 'one dataset short');
select is(try.unit('nt-so-ldtbxh', 'III.8b'), 'no_target 0/5 > -', 'listed and nothing provided: a zero');
select is(try.unit('nt-so-noi-vu', 'III.8b'), 'no_figure 0/0 > -', 'an empty list has no figure');
select is(try.unit('nt-thanh-tra', 'III.8b'), 'no_data -/- > -', 'no organisation, no data');
select is(try.unit('nt-prtc-do-vinh', 'III.8b'), 'not_applicable -/- > -', 'communes');
select is(try.level('P', 'III.8b'), 'no_target 1/3 > -, 3 of 20', 'agencies with an empty list are not among those with a list');
select is(try.level(null, 'III.8b'), 'met 2/4 > 50, 4 of 27', 'two of four agencies: exactly 50');
select is((select units_passed from api_v1.compliance_levels where criterion = 'III.8b' and level is null), 2, 'units that pass');

select * from finish();
rollback;
