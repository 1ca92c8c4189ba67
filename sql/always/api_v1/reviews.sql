-- Reviews: planned and frozen, their results, and what has changed since.

create or replace view api_v1.reviews as
select
        g.code as campaign,
        coalesce(w.on_day, r.on_day) as on_day,
        w.name,
        w.basis,
        r.frozen_at is not null as is_frozen,
        z.version,
        r.known_at,
        r.frozen_at,
        r.frozen_by,
        (select count(*) from comply.review_result x where x.review_id = r.review_id and x.scope = 'unit' and x.status = 'met') as met,
        (select count(*) from comply.review_result x where x.review_id = r.review_id and x.scope = 'unit' and x.status = 'not_met') as not_met,
        (select count(*) from comply.review_result x where x.review_id = r.review_id) as results
from registry.campaign g
join registry.campaign_version v
        on v.campaign_id = g.campaign_id
        and v.version = (select max(n.version) from registry.campaign_version n where n.campaign_id = g.campaign_id)
cross join lateral (
        select w.on_day from registry.review w where w.version_id = v.version_id
        union
        select r.on_day from comply.review r where r.campaign_id = g.campaign_id
) d
left join registry.review w on w.version_id = v.version_id and w.on_day = d.on_day
left join comply.review r on r.campaign_id = g.campaign_id and r.on_day = d.on_day
left join registry.campaign_version z on z.version_id = r.version_id;

comment on view api_v1.reviews is 'Reviews that a campaign plans, and those that were frozen.';
comment on column api_v1.reviews.campaign is 'Short name of the campaign.';
comment on column api_v1.reviews.on_day is 'Day of the review.';
comment on column api_v1.reviews.name is 'Name in the campaign; null: frozen, yet not planned by the newest version.';
comment on column api_v1.reviews.basis is 'Ground for the day.';
comment on column api_v1.reviews.is_frozen is 'Whether its results are kept.';
comment on column api_v1.reviews.version is 'Version of the campaign by which it was frozen.';
comment on column api_v1.reviews.known_at is 'What became known later is not in it.';
comment on column api_v1.reviews.frozen_at is 'When it was frozen.';
comment on column api_v1.reviews.frozen_by is 'Database account that froze it.';
comment on column api_v1.reviews.met is 'Verdicts of units that are met.';
comment on column api_v1.reviews.not_met is 'Verdicts of units that are not met.';
comment on column api_v1.reviews.results is 'Rows in all: units, levels and province.';

create or replace view api_v1.review_results as
select
        g.code as campaign,
        r.on_day,
        v.version,
        c.code as criterion,
        x.scope,
        x.level,
        u.code as unit,
        x.status,
        x.reason,
        x.numerator,
        x.denominator,
        x.value,
        x.target,
        x.units_bound,
        x.units_counted,
        x.units_passed,
        x.periods_due,
        x.periods_missing,
        x.period_from,
        x.period_to,
        x.observed_at,
        x.known_at
from comply.review r
join registry.campaign g on g.campaign_id = r.campaign_id
join registry.campaign_version v on v.version_id = r.version_id
join comply.review_result x on x.review_id = r.review_id
join registry.criterion c on c.criterion_id = x.criterion_id
left join registry.unit u on u.unit_id = x.unit_id;

comment on view api_v1.review_results is 'Figures and verdicts of the frozen reviews; these rows never change.';
comment on column api_v1.review_results.campaign is 'Short name of the campaign.';
comment on column api_v1.review_results.on_day is 'Day of the review.';
comment on column api_v1.review_results.version is 'Version of the campaign that was used.';
comment on column api_v1.review_results.criterion is 'Id of the criterion.';
comment on column api_v1.review_results.scope is 'unit, level or province.';
comment on column api_v1.review_results.level is 'Level of the campaign; null: the province.';
comment on column api_v1.review_results.unit is 'Code of the unit; null: a level or the province.';
comment on column api_v1.review_results.status is 'Status word, as in compliance.';
comment on column api_v1.review_results.reason is 'Why it does not apply.';
comment on column api_v1.review_results.numerator is 'Numerator, or the value itself.';
comment on column api_v1.review_results.denominator is 'Denominator.';
comment on column api_v1.review_results.value is 'Percent to six decimals, or the value; for showing.';
comment on column api_v1.review_results.target is 'Target; null: none.';
comment on column api_v1.review_results.units_bound is 'Units that the criterion binds.';
comment on column api_v1.review_results.units_counted is 'Units that have a figure and are in the sum.';
comment on column api_v1.review_results.units_passed is 'Units that pass, where units are counted.';
comment on column api_v1.review_results.periods_due is 'Closed periods owed.';
comment on column api_v1.review_results.periods_missing is 'How many of them were missing.';
comment on column api_v1.review_results.period_from is 'First day the figure speaks about.';
comment on column api_v1.review_results.period_to is 'Last day the figure speaks about.';
comment on column api_v1.review_results.observed_at is 'Newest statement of the source, by its own time.';
comment on column api_v1.review_results.known_at is 'When the newest statement behind the figure became known.';

create or replace function api_v1.review_diff(p_campaign text, p_on_day date, p_known_at timestamptz default null)
returns table (criterion text, scope text, level text, unit text, status_then text, status_now text, numerator_then numeric,
        numerator_now numeric, denominator_then numeric, denominator_now numeric, target_then numeric, target_now numeric)
language plpgsql
stable
security definer
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
        v_review comply.review := comply.review_of(p_campaign, p_on_day);
        v_version registry.campaign_version := comply.newest_version(p_campaign);
begin
        return query
                with once as (
                        select r.*, c.code, c.ordinal
                        from comply.review_result r
                        join registry.criterion c on c.criterion_id = r.criterion_id
                        where r.review_id = v_review.review_id
                ),
                today as (
                        select f.*, c.code, c.ordinal
                        from comply.figures(v_version.version_id, p_on_day, p_known_at) f
                        join registry.criterion c on c.criterion_id = f.criterion_id
                )
                select coalesce(o.code, t.code), coalesce(o.scope, t.scope), coalesce(o.level, t.level), u.code, o.status, t.status,
                        o.numerator, t.numerator, o.denominator, t.denominator, o.target, t.target
                from once o
                full join today t
                        on t.code = o.code
                        and t.scope = o.scope
                        and coalesce(t.level, '') = coalesce(o.level, '')
                        and coalesce(t.unit_id, 0) = coalesce(o.unit_id, 0)
                left join registry.unit u on u.unit_id = coalesce(o.unit_id, t.unit_id)
                where (o.status, o.numerator, o.denominator, o.target) is distinct from (t.status, t.numerator, t.denominator, t.target)
                order by coalesce(o.ordinal, t.ordinal), coalesce(o.scope, t.scope) desc, coalesce(o.level, t.level), u.code;
end
$$;
comment on function api_v1.review_diff(text, date, timestamptz) is
        'What differs between a frozen review and the same day computed again by the newest version from what is known at p_known_at, or now.';
