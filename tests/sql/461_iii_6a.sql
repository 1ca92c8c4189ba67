-- III.6a, KH 1670/KH-UBND: reports sent through the system / reports due, months from the 15th to the 14th, 95 as a whole.
begin;
select plan(10);

select try.reporting_months('nt-so-tttt', 'report.due', 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1);
select try.reporting_months('nt-so-tttt', 'report.sent', 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1);
select try.reporting_months('nt-so-y-te', 'report.due', 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1);
select try.reporting_months('nt-so-y-te', 'report.sent', 1, 0, 2, 1, 1, 1, 1, 1, 2, 1, 1);
select try.reporting_months('nt-ninh-son', 'report.due', 1, 1, 2, 1, null, 2, 1, 1, 2, 1, 1);
select try.reporting_months('nt-ninh-son', 'report.sent', 1, 1, 2, 1, null, 2, 1, 1, 2, 1, 1);
select try.reporting_months('nt-prtc-do-vinh', 'report.due', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.reporting_months('nt-prtc-do-vinh', 'report.sent', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
-- Calendar months of the same metric belong to other reports.
select try.months('nt-so-khdt', 'report.due', 3, 3, 3);
select try.months('nt-so-khdt', 'report.sent', 3, 3, 3);
select try.refresh();

select is(try.unit('nt-so-tttt', 'III.6a'), 'no_target 14/14 > -', 'January to November 2024, from 15/12/2023 on');
select is((select period_from from api_v1.compliance where unit = 'nt-so-tttt' and criterion = 'III.6a'), date '2023-12-15', 'first day');
select is((select period_to from api_v1.compliance where unit = 'nt-so-tttt' and criterion = 'III.6a'), date '2024-11-14', 'last day');
select is(try.unit('nt-so-y-te', 'III.6a'), 'no_target 12/14 > -', 'reports that never came count as due');
select is(try.unit('nt-ninh-son', 'III.6a'), 'overdue 13/13 > -', 'a month about which nothing is known is owed');
select is(try.unit('nt-prtc-do-vinh', 'III.6a'), 'no_figure 0/0 > -', 'no report due');
select is(try.unit('nt-so-khdt', 'III.6a'), 'no_data -/- > -', 'calendar months are never taken for reporting months');
select is(try.level(null, 'III.6a'), 'met 39/41 > 95, 3 of 89', '39 of 41 is 95.12 %');

select try.reporting_months('nt-so-y-te', 'report.sent', 0);
select try.refresh();
select is(try.level(null, 'III.6a'), 'not_met 38/41 > 95, 3 of 89', '38 of 41 is not');
select is(try.unit('nt-hoi-nong-dan', 'III.6a'), 'not_applicable -/- > -', 'mass organisations owe no such report');

select * from finish();
rollback;
