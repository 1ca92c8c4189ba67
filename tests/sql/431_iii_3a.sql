-- III.3a, KH 1670/KH-UBND: signed e-documents / e-documents sent, months added, 100 for every unit.
begin;
select plan(17);

-- A whole year by hand: signed 11 x 10, not signed 0.
select try.months('nt-so-tttt', 'edoc.signed', 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10);
select try.months('nt-so-tttt', 'edoc.not_signed', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.months('nt-so-tttt', 'edoc.sent', 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10);
-- 2,499 of 2,500 prints as 99.96 and is not 100.
select try.months('nt-so-y-te', 'edoc.signed', 250, 250, 250, 250, 250, 250, 250, 250, 250, 249, 0);
select try.months('nt-so-y-te', 'edoc.not_signed', 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
-- May is missing.
select try.months('nt-ninh-phuoc', 'edoc.signed', 5, 5, 5, 5, null, 5, 5, 5, 5, 5, 5);
select try.months('nt-ninh-phuoc', 'edoc.not_signed', 1, 1, 1, 1, null, 1, 1, 1, 1, 1, 1);
-- The signed counter of one never worked, of the other not before April.
select try.months('nt-so-vhttdl', 'edoc.signed', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.months('nt-so-vhttdl', 'edoc.not_signed', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.months('nt-so-vhttdl', 'edoc.sent', 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9);
select try.months('nt-bac-ai', 'edoc.signed', 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7);
select try.months('nt-bac-ai', 'edoc.not_signed', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.months('nt-bac-ai', 'edoc.sent', 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7);
-- Nothing sent, and the witness agrees.
select try.months('nt-prtc-dao-long', 'edoc.signed', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.months('nt-prtc-dao-long', 'edoc.not_signed', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.months('nt-prtc-dao-long', 'edoc.sent', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
-- Null for one month.
select try.months('nt-prtc-do-vinh', 'edoc.signed', 2, 2, 2, 2, 2, null, 2, 2, 2, 2, 2);
select try.month('nt-prtc-do-vinh', 'edoc.signed', 6, null);
select try.months('nt-prtc-do-vinh', 'edoc.not_signed', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.refresh();

select is(try.unit('nt-so-tttt', 'III.3a'), 'met 110/110 > 100', 'every document signed');
select is(try.unit('nt-so-y-te', 'III.3a'), 'not_met 2499/2500 > 100', 'one document of 2,500 not signed');
select is((select value from api_v1.compliance where unit = 'nt-so-y-te' and criterion = 'III.3a'), 99.96, 'it prints as 99.96');
select is(try.unit('nt-ninh-phuoc', 'III.3a'), 'overdue 50/60 > 100', 'one month is missing: the rest is shown, the month is owed');
select is(try.unit('nt-so-vhttdl', 'III.3a'), 'no_data -/- > 100', 'a counter that never moves while documents go out is no data');
select is(try.unit('nt-bac-ai', 'III.3a'), 'overdue 56/56 > 100', 'months before the counter worked are owed');
select is(try.unit('nt-prtc-dao-long', 'III.3a'), 'no_figure 0/0 > 100', 'nothing sent at all is no figure');
select is(try.unit('nt-prtc-do-vinh', 'III.3a'), 'overdue 20/20 > 100', 'a null for one month is a month owed');
select is(try.unit('nt-thanh-tra', 'III.3a'), 'no_data -/- > 100', 'nothing ever came');
select is(try.unit('nt-mttq', 'III.3a'), 'not_applicable -/- > -', 'the Front is no administrative agency');
select is((select reason from api_v1.compliance where unit = 'nt-mttq' and criterion = 'III.3a'),
        'Mặt trận và các tổ chức chính trị - xã hội không phải cơ quan hành chính', 'and the reason is told');
select is(try.level('P', 'III.3a'), 'not_met 2609/2610 > 100, 2 of 20', 'departments with a figure, against the target of the level');
select is(try.level('H', 'III.3a'), 'not_met 106/116 > 100, 2 of 7', 'partial sums are in it, coverage says so');
select is(try.level('X', 'III.3a'), 'met 20/20 > 100, 1 of 62', 'communes');
select is(try.level(null, 'III.3a'), 'not_met 2735/2746 > 100, 5 of 89', 'the province');

select try.refresh('2024-12-09');
select is(try.unit('nt-so-tttt', 'III.3a'), 'met 110/110 > 100', 'a month that came before it was owed counts');
select is((select periods_due from api_v1.compliance where unit = 'nt-so-tttt' and criterion = 'III.3a'), 10,
        'November is owed from 10 December on');

select * from finish();
rollback;
