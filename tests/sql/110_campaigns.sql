-- Campaigns: the plan of Ninh Thuận is whole, a changed text is a new version, a wrong one is refused with its place.
begin;
select plan(26);

create function pg_temp.changed(p_path text[], p_value jsonb) returns jsonb language sql as $$
        select registry.load_campaign(case when p_value is null then c.content #- p_path else jsonb_set(c.content, p_path, p_value) end)
        from api_v1.campaigns c where c.campaign = 'ninh-thuan-2024'
$$;

select results_eq($$select criterion from api_v1.criteria where campaign = 'ninh-thuan-2024' order by ordinal$$,
        array['III.0', 'III.1a', 'III.1b', 'III.2', 'III.3a', 'III.3b', 'III.3c', 'III.4', 'III.5a', 'III.5b', 'III.6a', 'III.6b',
                'III.7', 'III.8a', 'III.8b'], 'every measurable criterion of section III');
select is_empty($$select criterion from api_v1.criteria where legal_basis = '' or certainty is null or note is null$$,
        'each says where it stands, how sure its reading is, and what the reading is');
select results_eq($$
        select criterion, jsonb_path_query_array(targets, '$[*].value')::text from api_v1.criteria
        where targets is not null order by ordinal
$$, $$values ('III.1a', '[1, 1]'), ('III.2', '[1, 1, 1, 1]'), ('III.3a', '[100, 100, 100, 100]'), ('III.3b', '[95, 100, 75]'),
        ('III.4', '[100, 100, 100, 100]'), ('III.5a', '[60]'), ('III.5b', '[70]'), ('III.6a', '[95]'), ('III.6b', '[1]'), ('III.7', '[100]'),
        ('III.8a', '[100]'), ('III.8b', '[50]')$$, 'targets');
select is((select content -> 'caps' from api_v1.campaigns where campaign = 'ninh-thuan-2024'), '{"collectives": "5", "individuals": "7"}', 'caps');
select is((select count(*)::integer from api_v1.reviews where campaign = 'ninh-thuan-2024'), 2, 'reviews');

select is(pg_temp.changed('{title}', to_jsonb((select title from api_v1.campaigns where campaign = 'ninh-thuan-2024'))) - 'sha256',
        '{"campaign": "ninh-thuan-2024", "version": 1, "new": false, "criteria": 15}', 'the same text is no new version');
delete from comply.dirty;
select is(pg_temp.changed('{title}', '"Khác"') - 'sha256', '{"campaign": "ninh-thuan-2024", "version": 2, "new": true, "criteria": 15}',
        'another text is');
select is((select count(*) from comply.dirty where metric_id is null), 1::bigint, 'and everything is to be computed anew');
select is((select title from api_v1.campaigns where campaign = 'ninh-thuan-2024'), 'Khác', 'the newest version is shown');
select is((select count(*)::integer from registry.campaign_version v join registry.campaign g using (campaign_id) where g.code = 'ninh-thuan-2024'), 2, 'the older one is kept');

select throws_ok($$select pg_temp.changed('{province}', '"H99"')$$, '22023', 'campaign ninh-thuan-2024: no unit ''H99'' in the registry', 'unknown province');
select throws_ok($$select pg_temp.changed('{titel}', '"x"')$$, '22023', 'campaign ninh-thuan-2024: unknown key ''titel''', 'unknown key');
select throws_ok($$select pg_temp.changed('{criteria,4,targts}', '[]')$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a: unknown key ''targts''', 'unknown key of a criterion');
select throws_ok($$select pg_temp.changed('{criteria,4,kind}', '"rate"')$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a: kind is ''rate'', expected one of ratio, flag, value, checklist, deadline', 'unknown word');
select throws_ok($$select pg_temp.changed('{criteria,4,denominator}', null)$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a: a ratio needs numerator and either denominator or out_of', 'half a ratio');
select throws_ok($$select pg_temp.changed('{criteria,4,period}', '"fortnight"')$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a: no kind of period is called ''fortnight''', 'unknown period');
select throws_ok($$select pg_temp.changed('{criteria,4,due_after}', '"soon"')$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a: ''soon'' is not a span such as "10 days"', 'no span');
select throws_ok($$select pg_temp.changed('{criteria,4,legal_basis}', null)$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a: legal_basis is missing', 'no legal basis');
select throws_ok($$select pg_temp.changed('{criteria,4,not_applicable}', '[]')$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a: level M is neither bound nor listed under not_applicable with a reason', 'a level forgotten');
select throws_ok($$select pg_temp.changed('{criteria,4,not_applicable,0,reason}', '""')$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a, not_applicable: reason is missing', 'not applicable without a reason');
select throws_ok($$select pg_temp.changed('{criteria,4,targets,1}', '{"level": "P", "value": 90}')$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a: two targets for level P on the same day', 'overlapping targets');
select throws_ok($$select pg_temp.changed('{criteria,4,targets,1}', '{"level": "M", "value": 90}')$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a, target: level ''M'' is not bound by the criterion', 'a target nobody has');
select throws_ok($$select pg_temp.changed('{criteria,4,targets,1}', '{"level": "H", "whole": true, "value": 90}')$$, '22023',
        'campaign ninh-thuan-2024, criterion III.3a, target: say one of level, unit and whole: true', 'a target of two');
select throws_ok($$select pg_temp.changed('{criteria,1,passes}', null)$$, '22023',
        'campaign ninh-thuan-2024, criterion III.1a: count_units needs passes', 'what passes');
select throws_ok($$select pg_temp.changed('{to}', '"2024-12-32"')$$, '22023', 'campaign ninh-thuan-2024: there is no day 2024-12-32', 'no such day');
select throws_ok($$select pg_temp.changed('{criteria}', '[]')$$, '22023', 'campaign ninh-thuan-2024: it has no criteria', 'no criteria');

select * from finish();
rollback;
