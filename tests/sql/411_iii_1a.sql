-- III.1a, KH 1670/KH-UBND: catalogue of open data published, yes or no, departments and districts.
begin;
select plan(10);

select try.state('nt-so-tttt', 'opendata.catalogue', 12);
select try.state('nt-so-y-te', 'opendata.catalogue', 1);
select try.state('nt-so-noi-vu', 'opendata.catalogue', 0);
select try.state('nt-ninh-son', 'opendata.catalogue', 1);
select try.state('nt-bac-ai', 'opendata.catalogue', null);
select try.refresh();

select is(try.unit('nt-so-tttt', 'III.1a'), 'met 1/- > 1', 'a count of datasets is a yes');
select is(try.unit('nt-so-y-te', 'III.1a'), 'met 1/- > 1', 'a flag is a yes');
select is(try.unit('nt-so-noi-vu', 'III.1a'), 'not_met 0/- > 1', 'an organisation without datasets is a no');
select is(try.unit('nt-thanh-tra', 'III.1a'), 'no_data -/- > 1', 'an organisation that is not there is no data, not a no');
select is(try.unit('nt-bac-ai', 'III.1a'), 'no_data -/- > 1', 'a null is no data');
select is(try.unit('nt-prtc-do-vinh', 'III.1a'), 'not_applicable -/- > -', 'communes are not named by the plan');
select is(try.unit('nt-hoi-ccb', 'III.1a'), 'not_applicable -/- > -', 'nor are mass organisations');
select is(try.level('P', 'III.1a'), 'no_target 2/20 > -, 3 of 20', 'units that pass / units bound');
select is(try.level('H', 'III.1a'), 'no_target 1/7 > -, 1 of 7', 'districts likewise');
select is(try.level(null, 'III.1a'), 'no_target 3/27 > -, 4 of 27', 'the province counts units');

select * from finish();
rollback;
