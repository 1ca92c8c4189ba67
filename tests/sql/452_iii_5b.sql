-- III.5b, KH 1670/KH-UBND: dossiers received online / dossiers received, months added, 70 for the province as a whole.
begin;
select plan(10);

select try.months('nt-so-y-te', 'dossier.online', 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7);
select try.months('nt-so-y-te', 'dossier.received', 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10);
select try.months('nt-thanh-tra', 'dossier.online', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.months('nt-thanh-tra', 'dossier.received', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.months('nt-thuan-bac', 'dossier.online', 4, 4, 4, null, 4, 4, 4, 4, 4, 4, 4);
select try.months('nt-thuan-bac', 'dossier.received', 5, 5, 5, null, 5, 5, 5, 5, 5, 5, 5);
select try.months('nt-mttq', 'dossier.online', 1);
select try.months('nt-mttq', 'dossier.received', 1);
select try.refresh();

select is(try.unit('nt-so-y-te', 'III.5b'), 'no_target 77/110 > -', 'eleven months added, no verdict on a unit');
select is(try.unit('nt-thanh-tra', 'III.5b'), 'no_figure 0/0 > -', 'a report of zero every month is no figure, and nothing is owed');
select is(try.unit('nt-thuan-bac', 'III.5b'), 'overdue 40/50 > -', 'April is owed');
select is(try.unit('nt-ninh-phuoc-phuoc-vinh', 'III.5b'), 'no_data -/- > -', 'nothing ever came');
select is(try.unit('nt-mttq', 'III.5b'), 'not_applicable -/- > -', 'a figure of a unit that is not bound changes nothing');
select is(try.level('P', 'III.5b'), 'no_target 77/110 > -, 1 of 20', 'a level has no target');
select is(try.level(null, 'III.5b'), 'met 117/160 > 70, 2 of 89', 'the province: 117 of 160');

select try.month('nt-so-y-te', 'dossier.online', 3, 2);
select try.refresh();
select is(try.level(null, 'III.5b'), 'met 112/160 > 70, 2 of 89', 'exactly 70 after a restatement');
select try.month('nt-so-y-te', 'dossier.online', 3, 1);
select try.refresh();
select is(try.level(null, 'III.5b'), 'not_met 111/160 > 70, 2 of 89', 'one dossier below');
select is((select numerator from api_v1.changes where criterion = 'III.5b' and scope = 'province' order by change_id desc limit 1), 111::numeric,
        'and the change feed says so');

select * from finish();
rollback;
