-- How every unit stands, one row a unit.

create or replace view api_v1.standings as
select
        g.code as campaign,
        v.version,
        p.as_of,
        u.code as unit,
        u.name as unit_name,
        s.level,
        s.bound,
        s.met,
        s.not_met,
        s.criteria,
        p.computed_at
from comply.standing s
join registry.campaign g on g.campaign_id = s.campaign_id
join comply.current n on n.campaign_id = s.campaign_id
join comply.snapshot p on p.snapshot_id = n.snapshot_id
join registry.campaign_version v on v.version_id = p.version_id
join registry.unit u on u.unit_id = s.unit_id;

comment on view api_v1.standings is
        'Every unit with all its criteria in one row: the quickest way to the compliance of all units. The same figures as in compliance, as computed last.';
comment on column api_v1.standings.campaign is 'Short name of the campaign.';
comment on column api_v1.standings.version is 'Version of the campaign that was used.';
comment on column api_v1.standings.as_of is 'Day for which it holds.';
comment on column api_v1.standings.unit is 'Code of the unit.';
comment on column api_v1.standings.unit_name is 'Name of the unit.';
comment on column api_v1.standings.level is 'Level of the campaign on which the unit stands.';
comment on column api_v1.standings.bound is 'Criteria that bind the unit.';
comment on column api_v1.standings.met is 'How many of these it meets.';
comment on column api_v1.standings.not_met is 'How many of these it misses; for the others no verdict can be given.';
comment on column api_v1.standings.criteria is 'By criterion, in the order of the act: status, numerator, denominator, value, target, prospect, periods_missing, reason, as in compliance. A key that is not there is null, or no period is missing.';
comment on column api_v1.standings.computed_at is 'When results were last brought up to date.';
