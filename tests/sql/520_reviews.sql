-- A frozen review stands still; what changed since is told.
begin;
select plan(15);

select try.months('nt-so-y-te', 'edoc.signed', 100, 100), try.months('nt-so-y-te', 'edoc.not_signed', 0, 0);
select results_eq($$select campaign, on_day, version from comply.freeze_review('ninh-thuan-2024', '2024-06-30', '2024-12-14 00:00+07')$$,
        $$values ('ninh-thuan-2024', date '2024-06-30', 1)$$, 'a review is frozen');
select is((select numerator || '/' || denominator from api_v1.review_results where unit = 'nt-so-y-te' and criterion = 'III.3a'), '200/200', 'with its figures');
select results_eq($$select is_frozen, version, name from api_v1.reviews where campaign = 'ninh-thuan-2024' order by on_day$$,
        $$values (true, 1, 'Sơ kết 6 tháng'), (false, null, 'Tổng kết')$$, 'beside what the campaign plans');
select is((select results from api_v1.reviews where is_frozen), (select count(*) from api_v1.compliance_as_of('ninh-thuan-2024', '2024-06-30')),
        'every row is kept');
select is_empty($$select * from api_v1.review_diff('ninh-thuan-2024', '2024-06-30')$$, 'at first nothing has changed');

create temporary table kept as select * from api_v1.review_results;
select try.month('nt-so-y-te', 'edoc.signed', 2, 97, p_known_at => '2024-12-15 08:00+07'),
        try.month('nt-so-y-te', 'edoc.not_signed', 2, 3, p_known_at => '2024-12-15 08:00+07');
select set_eq('select * from api_v1.review_results', 'table kept', 'a restated figure does not reach a frozen review');
select results_eq($$
        select unit, numerator_then, numerator_now, denominator_now from api_v1.review_diff('ninh-thuan-2024', '2024-06-30')
        where scope = 'unit'
$$, $$values ('nt-so-y-te', 200::numeric, 197::numeric, 200::numeric)$$, 'it is told as a difference');
select set_eq($$select scope, level from api_v1.review_diff('ninh-thuan-2024', '2024-06-30') where scope <> 'unit'$$,
        $$values ('level', 'P'), ('province', null)$$, 'with its level and the province');
select is_empty($$select * from api_v1.review_diff('ninh-thuan-2024', '2024-06-30', '2024-12-14 12:00+07')$$, 'as known before, nothing had changed');

select throws_ok($$select comply.freeze_review('ninh-thuan-2024', '2024-06-30')$$, '55000', 'the review of ninh-thuan-2024 on 2024-06-30 is frozen already', 'frozen once');
select throws_ok($$select comply.freeze_review('ninh-thuan-2024', '2025-06-30')$$, '22023', null, 'not outside the campaign');
select throws_ok($$select * from api_v1.review_diff('ninh-thuan-2024', '2024-07-01')$$, '22023', null, 'what is not frozen has no difference');
select throws_ok($$update comply.review_result set status = 'met'$$, '55000', null, 'its rows cannot be changed, not even by the owner');
select throws_ok($$delete from comply.review$$, '55000', null, 'nor deleted');
select throws_ok($$truncate comply.review_result$$, '55000', null, 'nor truncated');

select * from finish();
rollback;
