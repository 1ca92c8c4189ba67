-- Kept deadlines by hand: who was in time, who was late, who has not delivered, and of whom nobody can tell.
begin;
select plan(22);

-- Months, due ten days after their end: on 20/5/2024 January to April are owed, by 10/2, 10/3, 10/4 and 10/5.
create function pg_temp.load(p_more jsonb default '{}')
returns jsonb
language sql
as $$
        select registry.load_campaign(c.content || jsonb_build_object('campaign', 'han', 'criteria', jsonb_build_array(
                jsonb_build_object('id', 'D', 'title', 'Gửi báo cáo đúng hạn', 'kind', 'deadline', 'unit_value', 'report.file', 'period', 'month', 'accumulate', 'sum',
                        'province', 'sum', 'due_after', '10 days', 'levels', jsonb_build_array('P', 'H', 'X', 'M'), 'legal_basis', 'thử',
                        'targets', '[{"level": "P", "value": 100}, {"whole": "true", "value": 60}]'::jsonb) || p_more,
                jsonb_build_object('id', 'D2', 'title', 'Gửi đủ hai phần đúng hạn', 'kind', 'deadline', 'unit_value', '["report.file", "report.table"]'::jsonb,
                        'period', 'month', 'accumulate', 'sum', 'province', 'count_units', 'passes', 50, 'due_after', '10 days',
                        'levels', jsonb_build_array('P', 'H', 'X', 'M'), 'legal_basis', 'thử'))))
        from api_v1.campaigns c where c.campaign = 'ninh-thuan-2024'
$$;
select pg_temp.load();
create function pg_temp.seen(p_unit text, p_day date, p_criterion text default 'D', p_known_at timestamptz default null)
returns text
language sql
as $$
        select try.shown(status, numerator, denominator, target) || coalesce(', ' || nullif(periods_missing, 0) || ' missing', '')
        from api_v1.compliance_as_of('han', p_day, p_known_at) where unit is not distinct from p_unit and scope = case when p_unit is null then 'province' else 'unit' end
                and criterion = p_criterion
$$;

select is(pg_temp.seen('nt-so-y-te', '2024-05-20'), 'no_data -/- > 100', 'of whom nothing ever came nothing is known');
select is(pg_temp.seen('nt-so-y-te', '2024-02-09'), 'no_data -/- > 100', 'nor before anything is owed');

-- The last minute of the due day, the first of the day after, early, and never.
select try.month('nt-so-y-te', 'report.file', 1, 1, '2024-02-10 23:59+07', '2024-02-11 08:00+07'),
        try.month('nt-so-y-te', 'report.file', 2, 1, '2024-03-11 00:00+07', '2024-03-11 08:00+07'),
        try.month('nt-so-y-te', 'report.file', 3, 1, '2024-03-30 09:00+07', '2024-03-30 09:01+07');
select is(pg_temp.seen('nt-so-y-te', '2024-02-09'), 'no_figure 0/0 > 100', 'what is not owed yet is no figure');
select is(pg_temp.seen('nt-so-y-te', '2024-02-10'), 'met 1/1 > 100', 'on the due day: kept');
select is(pg_temp.seen('nt-so-y-te', '2024-03-09'), 'met 1/1 > 100', 'the next is not owed yet');
select is(pg_temp.seen('nt-so-y-te', '2024-03-10', p_known_at => '2024-03-10 23:00+07'), 'not_met 1/2 > 100', 'not there when its day is over');
select is(pg_temp.seen('nt-so-y-te', '2024-05-20'), 'not_met 2/4 > 100', 'one late by a minute, one not there at all');

select try.month('nt-so-tttt', 'report.file', m, 0, make_date(2024, m + 1, 5) + time '09:00' at time zone 'UTC', make_date(2024, m + 1, 6) + time '09:00' at time zone 'UTC')
from generate_series(1, 4) m;
select is(pg_temp.seen('nt-so-tttt', '2024-05-20'), 'met 4/4 > 100', 'a report of zero is a report');
select try.month('nt-so-tttt', 'report.file', 1, 7, '2024-04-30 09:00+07', '2024-04-30 09:01+07');
select is(pg_temp.seen('nt-so-tttt', '2024-05-20'), 'met 4/4 > 100', 'a restatement does not make it late');
select try.month('nt-so-tttt', 'report.file', 5, 7, '2024-06-01 09:00+07', '2024-06-01 09:01+07');
select is(pg_temp.seen('nt-so-tttt', '2024-06-05'), 'met 4/4 > 100', 'what came early counts when it is due');
select is(pg_temp.seen('nt-so-tttt', '2024-06-10'), 'met 5/5 > 100', 'and then it does');

-- No time of the source: in time by our own clock is proof, late by our own clock is none.
select try.month('nt-so-noi-vu', 'report.file', 1, 1, null, '2024-02-05 09:00+07'), try.month('nt-so-noi-vu', 'report.file', 2, 1, null, '2024-03-20 09:00+07');
select is(pg_temp.seen('nt-so-noi-vu', '2024-05-20'), 'overdue 1/3 > 100, 1 missing', 'of February nobody can tell');
-- Stated as nothing first, and as a figure after its day.
select try.month('nt-so-xay-dung', 'report.file', 1, null, '2024-02-01 09:00+07', '2024-02-01 09:01+07'),
        try.month('nt-so-xay-dung', 'report.file', 1, 3, '2024-02-20 09:00+07', '2024-02-20 09:01+07');
select is(pg_temp.seen('nt-so-xay-dung', '2024-05-20'), 'not_met 0/4 > 100', 'a null is no report');
-- 2 + 4 + 1 + 0 of 4 + 4 + 3 + 4.
select is(pg_temp.seen(null, '2024-05-20'), 'not_met 7/15 > 60', 'the province sums reports');

-- Both parts, and each in time.
select try.month('nt-so-tttt', 'report.table', 1, 1, '2024-02-10 09:00+07', '2024-02-10 09:01+07'),
        try.month('nt-so-tttt', 'report.table', 2, 1, '2024-03-12 09:00+07', '2024-03-12 09:01+07'),
        try.month('nt-so-y-te', 'report.table', 3, 1, '2024-04-01 09:00+07', '2024-04-01 09:01+07');
select is(pg_temp.seen('nt-so-tttt', '2024-05-20', 'D2'), 'no_target 1/4 > -', 'a part that is late or not there makes the report late or not there');
select is(pg_temp.seen('nt-so-y-te', '2024-04-10', 'D2'), 'no_target 1/3 > -', 'both parts in March alone');
select is((select format('%s %s/%s', status, numerator, denominator) from api_v1.compliance_as_of('han', '2024-02-10') where scope = 'province' and criterion = 'D2'),
        (select format('no_target 1/%s', count(*)) from api_v1.compliance_as_of('han', '2024-02-10') where scope = 'unit' and criterion = 'D2'), 'units that pass are counted');

-- By increments as at once.
select try.refresh('2024-05-20'), try.month('nt-so-xay-dung', 'report.file', 2, 3, '2024-03-01 09:00+07', '2024-05-20 09:01+07'), try.refresh('2024-05-20');
select is((select try.shown(status, numerator, denominator, target) from api_v1.compliance where campaign = 'han' and unit = 'nt-so-xay-dung' and criterion = 'D'),
        'not_met 1/4 > 100', 'the source''s own time counts, not ours');
select is((api_v1.explain('nt-so-y-te', 'D', 'han', '2024-05-20') ->> 'missing')::jsonb, '[{"unit": "nt-so-y-te", "period_from": "2024-04-01", "period_to": "2024-04-30"}]',
        'explain names the report that is not there');
select matches(api_v1.render_explain('text', 'nt-so-y-te', 'D', 'han', '2024-05-20'), 'not_met, figure 2 of 4 = 50.00 %.*Rule: deadline', 'and tells it in words');
select throws_like($$select pg_temp.load('{"accumulate": "latest"}')$$, '%a deadline accumulates by sum and needs due_after%', 'it adds up periods');
select throws_like($$select pg_temp.load('{"checklist": [{"key": "a"}]}')$$, '%a deadline has no checklist%', 'and has no items');

select * from finish();
rollback;
