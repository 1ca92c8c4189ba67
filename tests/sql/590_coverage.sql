-- Minimum coverage: with figures of too few units a level and the province are shown and not judged.
begin;
select plan(7);

-- The plan with one more condition: III.5b judges the province when three of a hundred bound units have a figure, or half of them.
create function pg_temp.load(p_percent text)
returns void
language sql
as $$
        select registry.load_campaign(jsonb_set(c.content, '{criteria}', (
                select jsonb_agg(case k ->> 'id' when 'III.5b' then k || jsonb_build_object('min_coverage', p_percent) else k end order by n)
                from jsonb_array_elements(c.content -> 'criteria') with ordinality as x(k, n))))
        from api_v1.campaigns c where c.campaign = 'ninh-thuan-2024'
$$;
select try.month(u, 'dossier.online', 1, 9), try.month(u, 'dossier.received', 1, 10) from unnest(array['nt-so-y-te', 'nt-so-noi-vu']) u;
create function pg_temp.province()
returns text
language sql
as $$
        select try.shown(status, numerator, denominator, target) from api_v1.compliance_as_of('ninh-thuan-2024', '2024-02-05') where scope = 'province' and criterion = 'III.5b'
$$;

select is(pg_temp.province(), 'met 18/20 > 70', 'without the condition two units speak for a province');
select pg_temp.load('50');
select is(pg_temp.province(), 'no_data 18/20 > 70', 'where half must have a figure, they do not, and their sum is still shown');
select is((select status from api_v1.compliance_as_of('ninh-thuan-2024', '2024-02-05') where unit = 'nt-so-y-te' and criterion = 'III.5b'), 'no_target',
        'a unit''s own status has nothing to do with it');
-- Two of the bound units: exactly their share is enough, a hair more is not.
select pg_temp.load((select trim_scale(trunc(200.0 / units_bound, 6))::text from api_v1.compliance_as_of('ninh-thuan-2024', '2024-02-05') where scope = 'province' and criterion = 'III.5b'));
select is(pg_temp.province(), 'met 18/20 > 70', 'the share that there is suffices');
select pg_temp.load((select (trunc(200.0 / units_bound, 6) + 0.00001)::text from api_v1.compliance_as_of('ninh-thuan-2024', '2024-02-05') where scope = 'province' and criterion = 'III.5b'));
select is(pg_temp.province(), 'no_data 18/20 > 70', 'a hair more does not');
select is((api_v1.explain('H43', 'III.5b', 'ninh-thuan-2024', '2024-02-05') -> 'rule' ->> 'min_coverage')::numeric > 0, true, 'explain names the condition');
select throws_ok($$select pg_temp.load('101')$$, '23514', null, 'more than all cannot be asked for');

select * from finish();
rollback;
