-- III.5a, KH 1670/KH-UBND: services with an online dossier / services, year to date, 60 for the province as a whole.
begin;
select plan(10);

select try.year_to_date('nt-so-y-te', 'service.with_dossier', 30, '2024-10-31');
select try.year_to_date('nt-so-y-te', 'service.offered', 60, '2024-10-31');
select try.year_to_date('nt-so-y-te', 'service.with_dossier', 35);
select try.year_to_date('nt-so-y-te', 'service.offered', 60);
select try.year_to_date('nt-prtc-do-vinh', 'service.with_dossier', 10);
select try.year_to_date('nt-prtc-do-vinh', 'service.offered', 40);
select try.year_to_date('nt-vp-dbqh-hdnd', 'service.with_dossier', 0);
select try.year_to_date('nt-vp-dbqh-hdnd', 'service.offered', 0);
select try.year_to_date('nt-ninh-phuoc-phuoc-vinh', 'service.with_dossier', null);
select try.year_to_date('nt-ninh-phuoc-phuoc-vinh', 'service.offered', null);
-- The source recounts the province: a service that both units offer counts once.
select try.year_to_date('H43', 'service.with_dossier', 54);
select try.year_to_date('H43', 'service.offered', 90);
select try.refresh();

select is(try.unit('nt-so-y-te', 'III.5a'), 'no_target 35/60 > -', 'a unit''s share is shown, months are not added, and nobody missed 60 %');
select is(try.unit('nt-vp-dbqh-hdnd', 'III.5a'), 'no_figure 0/0 > -', 'no services: a real zero');
select is(try.unit('nt-ninh-phuoc-phuoc-vinh', 'III.5a'), 'no_data -/- > -', 'nulls');
select is(try.unit('nt-so-khcn', 'III.5a'), 'no_data -/- > -', 'a unit that is in no reply');
select is(try.unit('nt-ldld', 'III.5a'), 'not_applicable -/- > -', 'mass organisations are not bound');
select is(try.level('P', 'III.5a'), 'no_target 35/60 > -, 1 of 20', 'a level is shown without a verdict');
select is(try.level(null, 'III.5a'), 'met 54/90 > 60', 'the province by the source''s own count, exactly 60, not the units'' 45/100');

select try.year_to_date('H43', 'service.with_dossier', 53, '2024-12-01');
select try.year_to_date('H43', 'service.offered', 90, '2024-12-01');
select try.refresh();
select is(try.level(null, 'III.5a'), 'not_met 53/90 > 60', 'one service less is below 60');
select is(try.level('P', 'III.5a'), 'no_target 35/60 > -, 1 of 20', 'the levels stay');
select is((select count(*) from api_v1.compliance where unit = 'H43'), 0::bigint, 'the province is no unit among the ranked ones');

select * from finish();
rollback;
