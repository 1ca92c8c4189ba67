-- What comes after the upgrade, the same in both databases: a restated figure, a new one, and the results anew.

select try.month('nt-so-y-te', 'edoc.signed', 1, 12, p_known_at => '2024-12-14 08:00+07');
select try.month('nt-so-y-te', 'edoc.signed', 2, 20, p_known_at => '2024-12-14 08:00+07');
select try.month('nt-so-y-te', 'edoc.not_signed', 2, 0, p_known_at => '2024-12-14 08:00+07');
select try.refresh('2024-12-14');
