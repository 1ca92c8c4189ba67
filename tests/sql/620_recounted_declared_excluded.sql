-- Three parts of the campaign language by hand: counts of distinct things that are counted anew and never added, judgements that somebody declares with evidence, and what
-- is left out before counting.
begin;
select plan(18);

-- Distinct count recounted. In January 3 services had an online dossier, in February 4, in March 2; counted anew from the start of the year they are 3, 5 and 6 of 10:
-- most came back. Months of another source, which the criterion does not take, would add up to 9.
select try.year_to_date('nt-so-y-te', 'service.with_dossier', v, d), try.year_to_date('nt-so-y-te', 'service.offered', 10, d)
from (values (3, date '2024-01-31'), (5, '2024-02-29'), (6, '2024-03-31')) x (v, d);
select try.months('nt-so-y-te', 'service.with_dossier', 3, 4, 2), try.months('nt-so-y-te', 'service.offered', 10, 10, 10);
create function pg_temp.seen(p_unit text, p_day date)
returns text
language sql
as $$
        select try.shown(status, numerator, denominator, target) || ' until ' || coalesce(to_char(period_to, 'MM-DD'), '-')
        from api_v1.compliance_as_of('ninh-thuan-2024', p_day) where unit = p_unit and criterion = 'III.5a'
$$;
select is(pg_temp.seen('nt-so-y-te', '2024-02-15'), 'no_target 3/10 > - until 01-31', 'the newest count there is');
select is(pg_temp.seen('nt-so-y-te', '2024-03-01'), 'no_target 5/10 > - until 02-29', 'takes the place of the one before');
select is(pg_temp.seen('nt-so-y-te', '2024-12-13'), 'no_target 6/10 > - until 03-31', 'and nothing is added, neither counts nor months');
-- Two units offer one service both; the province's own recount is its figure, the units' sum is not.
select try.year_to_date('nt-so-tttt', 'service.with_dossier', 4, '2024-03-31'), try.year_to_date('nt-so-tttt', 'service.offered', 5, '2024-03-31'),
        try.year_to_date('H43', 'service.with_dossier', 8, '2024-03-31'), try.year_to_date('H43', 'service.offered', 13, '2024-03-31');
select is((select try.shown(status, numerator, denominator, target) from api_v1.compliance_as_of('ninh-thuan-2024', '2024-12-13') where scope = 'province' and criterion = 'III.5a'),
        'met 8/13 > 60', 'the province is recounted: 8 of 13, not 10 of 15');
select is((select try.shown(status, numerator, denominator, target) from api_v1.compliance_as_of('ninh-thuan-2024', '2024-12-13') where scope = 'level' and level = 'P' and criterion = 'III.5a'),
        'no_target 10/15 > -', 'a level shows the sum of its units and has no verdict');
-- Recounted downwards: a service was withdrawn. That is a new count, no error and no dispute.
select try.year_to_date('nt-so-y-te', 'service.with_dossier', 5, '2024-04-30'), try.year_to_date('nt-so-y-te', 'service.offered', 9, '2024-04-30');
select is(pg_temp.seen('nt-so-y-te', '2024-12-13'), 'no_target 5/9 > - until 04-30', 'a count may fall');

-- Declared judgement with evidence.
create function pg_temp.declare(p_unit text, p_value numeric, p_evidence text, p_known_at timestamptz, p_quality text default null)
returns bigint
language sql
as $$
        select d.observations from try.deliver(array['opendata.catalogue'], array[p_unit], array[date '2024-06-30'], array[date '2024-06-30'], array[p_value], 'day',
                p_known_at => p_known_at, p_observed_at => p_known_at, p_quality => p_quality, p_evidence => p_evidence) d
$$;
create function pg_temp.judged(p_unit text, p_known_at timestamptz default null)
returns text
language sql
as $$
        select try.shown(status, numerator, denominator, target) from api_v1.compliance_as_of('ninh-thuan-2024', '2024-07-15', p_known_at) where unit = p_unit and criterion = 'III.1a'
$$;
select is(pg_temp.declare('nt-so-y-te', 1, 'Quyết định 12/QĐ-SYT, https://soyte.example.vn/12', '2024-07-01 08:00+07'), 1::bigint, 'a judgement is a statement');
select is(pg_temp.judged('nt-so-y-te'), 'met 1/- > 1', 'yes');
select is((select array_agg(s ->> 'evidence') from jsonb_array_elements(api_v1.explain('nt-so-y-te', 'III.1a', 'ninh-thuan-2024', '2024-07-15') -> 'statements') s),
        array['Quyết định 12/QĐ-SYT, https://soyte.example.vn/12'], 'explain names the evidence');
select matches(api_v1.render_explain('text', 'nt-so-y-te', 'III.1a', 'ninh-thuan-2024', '2024-07-15'), 'evidence: Quyết định 12/QĐ-SYT', 'in words too');
select is(pg_temp.declare('nt-so-y-te', 1, 'Quyết định 12/QĐ-SYT', '2024-07-02 08:00+07'), 1::bigint, 'the same judgement on other evidence is another statement');
select is(pg_temp.declare('nt-so-y-te', 0, 'Biên bản kiểm tra 3/BB', '2024-07-03 08:00+07'), 1::bigint, 'somebody looked and found nothing');
select results_eq($$select pg_temp.judged('nt-so-y-te'), pg_temp.judged('nt-so-y-te', '2024-07-02 12:00+07')$$, $$values ('not_met 0/- > 1', 'met 1/- > 1')$$,
        'no from then on; what was believed before is still there');
select is((select array_agg(evidence order by known_at) from api_v1.figures where metric = 'opendata.catalogue' and unit = 'nt-so-y-te'),
        array['Quyết định 12/QĐ-SYT, https://soyte.example.vn/12', 'Quyết định 12/QĐ-SYT', 'Biên bản kiểm tra 3/BB'], 'who declared what on which evidence is kept');
select is(pg_temp.declare('nt-so-tttt', 1, 'https://dulieu.example.vn', '2024-07-01 08:00+07', 'disputed'), 1::bigint, 'a judgement that its source disputes');
select is(pg_temp.judged('nt-so-tttt'), 'disputed 1/- > 1', 'is shown and is no verdict');

-- Exclusions: what is secret is left out by the source and named by the rule; a count of it that comes all the same enters no figure.
select try.months('nt-so-y-te', 'edoc.signed', 90), try.months('nt-so-y-te', 'edoc.not_signed', 10), try.months('nt-so-y-te', 'edoc.secret', 40);
select is((select try.shown(status, numerator, denominator, target) from api_v1.compliance_as_of('ninh-thuan-2024', '2024-02-15') where unit = 'nt-so-y-te' and criterion = 'III.3a'),
        'not_met 90/100 > 100', 'forty secret documents are in no count');
select is((select count(*)::integer from api_v1.criteria where campaign = 'ninh-thuan-2024' and exclude is not null
                and (api_v1.explain('nt-so-y-te', criterion, campaign, '2024-02-15') #>> '{rule,exclude}' is distinct from exclude
                        or position('outside the rule: ' || exclude in api_v1.render_explain('text', 'nt-so-y-te', criterion, campaign, '2024-02-15')) = 0)), 0,
        'every rule that leaves something out says so in its explanation');

select * from finish();
rollback;
