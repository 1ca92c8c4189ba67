-- III.4, KH 1670/KH-UBND: services on web and mobile / online services offered, 100.
begin;
select plan(8);

select try.state('nt-so-y-te', 'service.mobile', 40);
select try.state('nt-so-y-te', 'service.all', 40);
select try.state('nt-ninh-son', 'service.mobile', 96);
select try.state('nt-ninh-son', 'service.all', 100);
select try.state('nt-ban-dan-toc', 'service.mobile', 0);
select try.state('nt-ban-dan-toc', 'service.all', 0);
select try.state('nt-so-tttt', 'service.all', 12);
select try.refresh();

select is(try.unit('nt-so-y-te', 'III.4'), 'met 40/40 > 100', 'all services');
select is(try.unit('nt-ninh-son', 'III.4'), 'not_met 96/100 > 100', 'some services');
select is(try.unit('nt-ban-dan-toc', 'III.4'), 'no_figure 0/0 > 100', 'no services of its own: a real zero, no figure');
select is(try.unit('nt-so-tttt', 'III.4'), 'no_data -/- > 100', 'one cell of two is no figure');
select is(try.unit('nt-mttq', 'III.4'), 'not_applicable -/- > -', 'the Front offers no services');
select is(try.level('P', 'III.4'), 'met 40/40 > 100, 1 of 20', 'departments');
select is(try.level('X', 'III.4'), 'no_data -/- > 100, 0 of 62', 'communes without any figure');
select is(try.level(null, 'III.4'), 'not_met 136/140 > 100, 2 of 89', 'the province');

select * from finish();
rollback;
