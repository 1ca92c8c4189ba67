-- A year of figures, known on several days: new ones, restated ones, repeated ones, nulls, a code that nobody knows, results and a review.

select try.month('nt-so-y-te', 'edoc.signed', 1, 10, p_known_at => '2024-02-01 08:00+07');
select try.month('nt-so-y-te', 'edoc.not_signed', 1, 1, p_known_at => '2024-02-01 08:00+07');
select try.month('nt-so-y-te', 'edoc.signed', 1, 11, p_known_at => '2024-03-01 08:00+07');
select try.month('nt-so-y-te', 'edoc.signed', 1, 11, p_known_at => '2024-04-01 08:00+07');
select try.month('nt-so-y-te', 'edoc.not_signed', 1, null, p_known_at => '2024-05-01 08:00+07');
select try.month('nt-nobody', 'edoc.signed', 1, 3, p_known_at => '2024-05-02 08:00+07');
select try.months('nt-so-tttt', 'edoc.signed', 5, 6, 7, null, 9, 10, 11, 12, 13, 14, 15);
select try.months('nt-so-tttt', 'edoc.not_signed', 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
select try.reporting_months('nt-so-noi-vu', 'report.due', 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4);
select try.refresh();
select comply.freeze_review('ninh-thuan-2024', '2024-07-01');
