-- As of: every past day answers as it answered then.
begin;
select plan(12);

create function pg_temp.then_(p_known_at timestamptz) returns text language sql as $$
        select try.shown(status, numerator, denominator, target)
        from api_v1.compliance_as_of('ninh-thuan-2024', '2024-02-29', p_known_at) where unit = 'nt-so-y-te' and criterion = 'III.3a'
$$;
create temporary table given (at timestamptz, answer text);
create function pg_temp.remember(p_at timestamptz) returns void language sql as $$
        insert into given select p_at, try.shown(status, numerator, denominator, target)
        from api_v1.compliance_as_of('ninh-thuan-2024', '2024-02-29', null) where unit = 'nt-so-y-te' and criterion = 'III.3a'
$$;

select try.month('nt-so-y-te', 'edoc.signed', 1, 10, p_known_at => '2024-02-01 08:00+07');
select pg_temp.remember('2024-02-01 09:00+07');
select try.month('nt-so-y-te', 'edoc.not_signed', 1, 1, p_known_at => '2024-02-02 08:00+07');
select pg_temp.remember('2024-02-02 09:00+07');
select try.month('nt-so-y-te', 'edoc.signed', 1, 11, p_known_at => '2024-02-03 08:00+07');
select try.month('nt-so-y-te', 'edoc.not_signed', 1, 0, p_known_at => '2024-02-03 08:00+07');
select pg_temp.remember('2024-02-03 09:00+07');
select try.month('nt-so-y-te', 'edoc.signed', 1, null, p_known_at => '2024-02-04 08:00+07');
select pg_temp.remember('2024-02-04 09:00+07');
select try.month('nt-so-y-te', 'edoc.signed', 1, 8, p_known_at => '2024-02-05 08:00+07');
select try.month('nt-so-y-te', 'edoc.not_signed', 1, 2, p_known_at => '2024-02-05 08:00+07');
select pg_temp.remember('2024-02-05 09:00+07');

select results_eq('select answer from given order by at', array['no_data -/- > 100', 'not_met 10/11 > 100', 'met 11/11 > 100',
        'no_data -/- > 100', 'not_met 8/10 > 100'], 'what was answered day by day');
select results_eq('select pg_temp.then_(at) from given order by at', 'select answer from given order by at', 'is what is answered about those days');
select is(pg_temp.then_('2024-01-31 00:00+07'), 'no_data -/- > 100', 'before anything was known');
select is(pg_temp.then_('infinity'), 'not_met 8/10 > 100', 'all that is known is what is known now');

-- The same history read from the table of newest beliefs and from the history itself.
select set_eq($$select criterion, scope, level, unit, status, numerator, denominator, known_at from api_v1.compliance_as_of('ninh-thuan-2024', '2024-12-13')$$,
        $$select criterion, scope, level, unit, status, numerator, denominator, known_at from api_v1.compliance_as_of('ninh-thuan-2024', '2024-12-13', 'infinity')$$,
        'newest beliefs and history agree');

select row_eq($$select campaign, as_of, results from comply.recompute('ninh-thuan-2024', '2024-02-29', '2024-02-02 09:00+07')$$,
        row ('ninh-thuan-2024'::text, date '2024-02-29', (select count(*)::integer from api_v1.compliance_as_of('ninh-thuan-2024', '2024-02-29')))::record, 'a past day can be kept');
select is((select try.shown(r.status, r.numerator, r.denominator, r.target)
        from comply.result r
        join comply.snapshot s using (snapshot_id)
        join registry.criterion c using (criterion_id)
        join registry.unit u using (unit_id)
        where s.known_at is not null and c.code = 'III.3a' and u.code = 'nt-so-y-te'), 'not_met 10/11 > 100', 'as it was known then');
select is((select count(*) from comply.current), 0::bigint, 'and does not become the current one');
select is((select changed from comply.recompute('ninh-thuan-2024', '2024-02-29', '2024-02-02 09:00+07')), 0, 'twice gives the same');
select throws_ok($$select * from comply.recompute('nobody', '2024-02-29')$$, '22023', 'no campaign ''nobody'' is loaded', 'an unknown campaign');
select is((select count(*)::integer from api_v1.compliance_as_of('ninh-thuan-2024', '2024-10-31') where scope = 'unit' and criterion = 'III.0'), 98,
        'units as of the day: three wards more before the merger');
set local role thidua_reader;
select lives_ok($$select * from api_v1.compliance_as_of('ninh-thuan-2024', '2024-02-29', '2024-02-02 09:00+07')$$, 'readers may ask');

select * from finish();
rollback;
