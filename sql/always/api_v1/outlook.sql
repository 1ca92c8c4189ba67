-- Where the figures are heading before a review.

create or replace function api_v1.outlook_as_of(p_campaign text, p_as_of date default null, p_known_at timestamptz default null)
returns table (campaign text, as_of date, criterion text, unit text, level text, review_on date, status text, no_outlook text, trend text,
        numerator numeric, denominator numeric, target numeric, more_expected numeric, missing numeric, is_out_of_reach boolean,
        expected_value numeric, expected_low numeric, expected_high numeric, steps integer)
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
        v_campaign text := comply.default_campaign(p_campaign);
        v_version registry.campaign_version := comply.newest_version(v_campaign);
        v_as_of date := comply.default_day(v_campaign, p_as_of);
begin
        return query
                select v_campaign, v_as_of, c.code, u.code, o.level, o.review_on, o.status, o.no_outlook, o.trend, o.numerator, o.denominator,
                        o.target, o.more_expected, o.missing, o.is_out_of_reach, o.expected_value, o.expected_low, o.expected_high, o.steps
                from comply.outlook(v_version.version_id, v_as_of, p_known_at) o
                join registry.criterion c on c.criterion_id = o.criterion_id
                join registry.unit u on u.unit_id = o.unit_id
                order by c.ordinal, o.level, u.code;
end
$$;
comment on function api_v1.outlook_as_of(text, date, timestamptz) is 'The outlook for any day and, with p_known_at, as it was known then.';

create or replace view api_v1.outlook as
select o.campaign, o.as_of, o.criterion, o.unit, o.level, o.review_on, o.status, o.no_outlook, o.trend, o.numerator, o.denominator, o.target,
        o.more_expected, o.missing, o.is_out_of_reach, o.expected_value, o.expected_low, o.expected_high, o.steps
from api_v1.campaigns g
cross join lateral api_v1.outlook_as_of(g.campaign) o;

comment on view api_v1.outlook is 'Where each unit''s figure is heading until the next review, from the day of the stored results.';
comment on column api_v1.outlook.campaign is 'Short name of the campaign.';
comment on column api_v1.outlook.as_of is 'Day from which it is seen.';
comment on column api_v1.outlook.criterion is 'Id of the criterion.';
comment on column api_v1.outlook.unit is 'Code of the unit.';
comment on column api_v1.outlook.level is 'Level of the campaign on which the unit stands.';
comment on column api_v1.outlook.review_on is 'The next review, or the last day of the campaign.';
comment on column api_v1.outlook.status is 'on_track or at_risk; where there is no outlook, the status word of compliance.';
comment on column api_v1.outlook.no_outlook is 'Why there is none: state (not a series), closed, no_target, at_most, short_series (fewer than three), restated_series (a year-to-date figure fell), no_figure.';
comment on column api_v1.outlook.trend is 'The newest two periods against those before: rising, falling or steady.';
comment on column api_v1.outlook.numerator is 'Numerator so far.';
comment on column api_v1.outlook.denominator is 'Denominator so far.';
comment on column api_v1.outlook.target is 'Target of the unit.';
comment on column api_v1.outlook.more_expected is 'What will probably be added to the denominator until the review.';
comment on column api_v1.outlook.missing is 'How many of these must count in the numerator for the target to be reached.';
comment on column api_v1.outlook.is_out_of_reach is 'More are missing than are expected to come.';
comment on column api_v1.outlook.expected_value is 'Percent on the day of the review, if it goes on as in the newest six periods together.';
comment on column api_v1.outlook.expected_low is 'Percent if it goes on as in the worst of these.';
comment on column api_v1.outlook.expected_high is 'Percent if it goes on as in the best of these.';
comment on column api_v1.outlook.steps is 'How many periods the outlook rests on.';
