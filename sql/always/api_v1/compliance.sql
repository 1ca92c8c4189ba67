-- Campaigns, criteria, and how the units stand.

create or replace view api_v1.campaigns as
select distinct on (c.code)
        c.code as campaign,
        v.version,
        v.title,
        v.legal_basis,
        v.from_on,
        v.to_on,
        v.measure_from,
        v.measure_to,
        p.code as province,
        v.loaded_at,
        encode(v.sha256, 'hex') as sha256,
        v.content,
        v.while_open
from registry.campaign c
join registry.campaign_version v on v.campaign_id = c.campaign_id
join registry.unit p on p.unit_id = v.province_id
order by c.code, v.version desc;

comment on view api_v1.campaigns is 'Campaigns in their newest version.';
comment on column api_v1.campaigns.campaign is 'Short name of the campaign.';
comment on column api_v1.campaigns.version is 'Number of the version, counted from 1.';
comment on column api_v1.campaigns.title is 'Title.';
comment on column api_v1.campaigns.legal_basis is 'The act.';
comment on column api_v1.campaigns.from_on is 'First day.';
comment on column api_v1.campaigns.to_on is 'Last day; compliance stands still from then on.';
comment on column api_v1.campaigns.measure_from is 'A period counts when its last day is not before this day';
comment on column api_v1.campaigns.measure_to is 'and not after this one.';
comment on column api_v1.campaigns.province is 'Unit at the top.';
comment on column api_v1.campaigns.loaded_at is 'When this version was loaded.';
comment on column api_v1.campaigns.sha256 is 'SHA-256 of the content.';
comment on column api_v1.campaigns.content is 'The campaign file as JSON.';
comment on column api_v1.campaigns.while_open is 'Status of an open criterion: judged: met or not_met by what has come; prospect: on_track or at_risk where there is an outlook.';

create or replace view api_v1.criteria as
select
        n.campaign,
        n.version,
        c.code as criterion,
        c.ordinal,
        c.title,
        c.kind,
        (
                select array_agg(m.name order by i.ordinal)
                from registry.criterion_input i
                join registry.metric m on m.metric_id = i.metric_id
                where i.criterion_id = c.criterion_id and i.role in ('numerator', 'value', 'item')
        ) as metrics,
        (
                select array_agg(m.name order by i.ordinal)
                from registry.criterion_input i
                join registry.metric m on m.metric_id = i.metric_id
                where i.criterion_id = c.criterion_id and i.role = 'denominator'
        ) as denominators,
        c.out_of,
        c.period,
        c.calendar,
        c.accumulate,
        c.province,
        (
                select array_agg(l.level order by o.ordinal)
                from registry.criterion_level l
                join registry.campaign_level o on o.version_id = c.version_id and o.level = l.level
                where l.criterion_id = c.criterion_id
        ) as levels,
        (
                select jsonb_agg(jsonb_build_object('level', t.level, 'unit', u.code, 'whole', t.whole, 'value', t.value,
                        'from', lower(t.valid), 'to', upper(t.valid) - 1) order by t.whole, t.level, u.code, t.valid)
                from registry.target t
                left join registry.unit u on u.unit_id = t.unit_id
                where t.criterion_id = c.criterion_id
        ) as targets,
        c.direction,
        c.due_after,
        c.stale_after,
        c.carry,
        c.exclude,
        c.legal_basis,
        c.certainty,
        c.note,
        c.min_coverage
from api_v1.campaigns n
join registry.campaign g on g.code = n.campaign
join registry.campaign_version v on v.campaign_id = g.campaign_id and v.version = n.version
join registry.criterion c on c.version_id = v.version_id;

comment on view api_v1.criteria is 'Criteria of the newest version of each campaign.';
comment on column api_v1.criteria.campaign is 'Short name of the campaign.';
comment on column api_v1.criteria.version is 'Version of the campaign.';
comment on column api_v1.criteria.criterion is 'Id of the criterion in its act.';
comment on column api_v1.criteria.ordinal is 'Place in the act.';
comment on column api_v1.criteria.title is 'Wording.';
comment on column api_v1.criteria.kind is 'ratio, flag, value, checklist or deadline.';
comment on column api_v1.criteria.metrics is 'Metrics of the numerator, of the value, of the items of the checklist, or of the report.';
comment on column api_v1.criteria.denominators is 'Metrics of the denominator.';
comment on column api_v1.criteria.out_of is 'Fixed denominator, where the act names one.';
comment on column api_v1.criteria.period is 'Kinds of period that count.';
comment on column api_v1.criteria.calendar is 'calendar or 15-14.';
comment on column api_v1.criteria.accumulate is 'sum of closed periods, latest year-to-date figure, or state on a day.';
comment on column api_v1.criteria.province is 'How the province''s figure is made: sum, own, count_units or none.';
comment on column api_v1.criteria.levels is 'Levels that are bound; null: the province alone.';
comment on column api_v1.criteria.targets is 'Targets with level, unit or whole, value, and days.';
comment on column api_v1.criteria.direction is 'at_least or at_most.';
comment on column api_v1.criteria.due_after is 'Time to deliver after the end of a period.';
comment on column api_v1.criteria.stale_after is 'Age from which the newest statement of a source is too old.';
comment on column api_v1.criteria.carry is 'predecessors: figures of units merged into a unit count with it.';
comment on column api_v1.criteria.exclude is 'What is left out before counting.';
comment on column api_v1.criteria.legal_basis is 'Where it stands.';
comment on column api_v1.criteria.certainty is 'seen, design, memory or open: how sure the reading is.';
comment on column api_v1.criteria.note is 'What the reading is.';
comment on column api_v1.criteria.min_coverage is 'Percent of the bound units that must have a figure before a level or the province is judged; null: any number.';

create or replace view api_v1.compliance as
select
        g.code as campaign,
        v.version,
        s.as_of,
        c.code as criterion,
        u.code as unit,
        u.name as unit_name,
        r.level,
        r.status,
        r.reason,
        r.numerator,
        r.denominator,
        r.value,
        r.target,
        r.periods_due,
        r.periods_missing,
        r.period_from,
        r.period_to,
        r.observed_at,
        r.known_at,
        s.computed_at,
        r.prospect
from comply.current n
join registry.campaign g on g.campaign_id = n.campaign_id
join comply.snapshot s on s.snapshot_id = n.snapshot_id
join registry.campaign_version v on v.version_id = s.version_id
join comply.result r on r.snapshot_id = s.snapshot_id and r.scope = 'unit'
join registry.criterion c on c.criterion_id = r.criterion_id
join registry.unit u on u.unit_id = r.unit_id;

comment on view api_v1.compliance is 'Every unit against every criterion, as computed last.';
comment on column api_v1.compliance.campaign is 'Short name of the campaign.';
comment on column api_v1.compliance.version is 'Version of the campaign that was used.';
comment on column api_v1.compliance.as_of is 'Day for which it holds.';
comment on column api_v1.compliance.criterion is 'Id of the criterion.';
comment on column api_v1.compliance.unit is 'Code of the unit.';
comment on column api_v1.compliance.unit_name is 'Name of the unit.';
comment on column api_v1.compliance.level is 'Level of the campaign on which the unit stands.';
comment on column api_v1.compliance.status is 'met, not_met, on_track, at_risk (instead of these two while the campaign is open, where it says so: while_open), no_data (nothing ever came), overdue (a figure owed is missing), stale (the newest statement is too old), no_figure (denominator 0), no_target, not_applicable, disputed.';
comment on column api_v1.compliance.reason is 'Why it does not apply.';
comment on column api_v1.compliance.numerator is 'Numerator, or the value itself; null: no figure.';
comment on column api_v1.compliance.denominator is 'Denominator; null for flags and values.';
comment on column api_v1.compliance.value is 'Percent to six decimals, or the value; for showing, verdicts rest on the two counts.';
comment on column api_v1.compliance.target is 'Target of this unit; null: none.';
comment on column api_v1.compliance.periods_due is 'Closed periods owed, with those of units merged in.';
comment on column api_v1.compliance.periods_missing is 'How many of them are missing, lines of a checklist that nobody could read, or reports of which nobody can tell when they came.';
comment on column api_v1.compliance.period_from is 'First day the figure speaks about.';
comment on column api_v1.compliance.period_to is 'Last day the figure speaks about.';
comment on column api_v1.compliance.observed_at is 'Newest statement of the source, by its own time.';
comment on column api_v1.compliance.known_at is 'When the newest statement behind the figure became known.';
comment on column api_v1.compliance.computed_at is 'When results were last brought up to date.';
comment on column api_v1.compliance.prospect is 'on_track or at_risk: whether the target will be reached on the next review if it goes on as in the newest six periods; null: there is no outlook, and api_v1.outlook says why.';

create or replace view api_v1.compliance_levels as
select
        g.code as campaign,
        v.version,
        s.as_of,
        c.code as criterion,
        r.scope,
        r.level,
        r.status,
        r.numerator,
        r.denominator,
        r.value,
        r.target,
        r.units_bound,
        r.units_counted,
        r.units_passed,
        r.observed_at,
        r.known_at,
        s.computed_at
from comply.current n
join registry.campaign g on g.campaign_id = n.campaign_id
join comply.snapshot s on s.snapshot_id = n.snapshot_id
join registry.campaign_version v on v.version_id = s.version_id
join comply.result r on r.snapshot_id = s.snapshot_id and r.scope in ('level', 'province')
join registry.criterion c on c.criterion_id = r.criterion_id;

comment on view api_v1.compliance_levels is 'Every level, and the province, against every criterion, as computed last.';
comment on column api_v1.compliance_levels.campaign is 'Short name of the campaign.';
comment on column api_v1.compliance_levels.version is 'Version of the campaign that was used.';
comment on column api_v1.compliance_levels.as_of is 'Day for which it holds.';
comment on column api_v1.compliance_levels.criterion is 'Id of the criterion.';
comment on column api_v1.compliance_levels.scope is 'level or province.';
comment on column api_v1.compliance_levels.level is 'Level of the campaign; null: the province.';
comment on column api_v1.compliance_levels.status is 'Status word, as in compliance; no_data when no unit has a figure, or fewer units have one than the criterion''s minimum coverage: the sum of those that have one is shown, and not judged.';
comment on column api_v1.compliance_levels.numerator is 'Sum of the units'' numerators, or units that pass; the province''s own where it states one.';
comment on column api_v1.compliance_levels.denominator is 'Sum of the units'' denominators, or units counted.';
comment on column api_v1.compliance_levels.value is 'Percent to six decimals; for showing.';
comment on column api_v1.compliance_levels.target is 'Target of the level or of the province as a whole; null: none.';
comment on column api_v1.compliance_levels.units_bound is 'Units that the criterion binds.';
comment on column api_v1.compliance_levels.units_counted is 'Units that have a figure and are in the sum.';
comment on column api_v1.compliance_levels.units_passed is 'Units that pass, where units are counted.';
comment on column api_v1.compliance_levels.observed_at is 'Newest statement of a source, by its own time.';
comment on column api_v1.compliance_levels.known_at is 'When the newest statement behind the figure became known.';
comment on column api_v1.compliance_levels.computed_at is 'When results were last brought up to date.';

create or replace view api_v1.changes as
select
        x.change_id,
        x.changed_at,
        g.code as campaign,
        v.version,
        s.as_of,
        c.code as criterion,
        x.scope,
        x.level,
        u.code as unit,
        x.status_before,
        x.status,
        x.numerator_before,
        x.numerator,
        x.denominator_before,
        x.denominator
from comply.change x
join comply.snapshot s on s.snapshot_id = x.snapshot_id
join registry.campaign_version v on v.version_id = s.version_id
join registry.campaign g on g.campaign_id = v.campaign_id
join registry.criterion c on c.criterion_id = x.criterion_id
left join registry.unit u on u.unit_id = x.unit_id;

comment on view api_v1.changes is 'Change feed: every figure or status that became another. Read on from the last change_id seen; channel thidua_compliance tells when.';
comment on column api_v1.changes.change_id is 'Grows with every change.';
comment on column api_v1.changes.changed_at is 'When the change was computed.';
comment on column api_v1.changes.campaign is 'Short name of the campaign.';
comment on column api_v1.changes.version is 'Version of the campaign.';
comment on column api_v1.changes.as_of is 'Day for which it holds.';
comment on column api_v1.changes.criterion is 'Id of the criterion.';
comment on column api_v1.changes.scope is 'unit, level or province.';
comment on column api_v1.changes.level is 'Level of the campaign; null: the province.';
comment on column api_v1.changes.unit is 'Code of the unit; null: a level or the province.';
comment on column api_v1.changes.status_before is 'Status before; null: there was no row.';
comment on column api_v1.changes.status is 'Status now; null: there is no row any more.';
comment on column api_v1.changes.numerator_before is 'Numerator before.';
comment on column api_v1.changes.numerator is 'Numerator now.';
comment on column api_v1.changes.denominator_before is 'Denominator before.';
comment on column api_v1.changes.denominator is 'Denominator now.';

create or replace function api_v1.compliance_as_of(p_campaign text, p_as_of date, p_known_at timestamptz default null)
returns table (criterion text, scope text, level text, unit text, status text, reason text, numerator numeric, denominator numeric,
        value numeric, target numeric, units_bound integer, units_counted integer, units_passed integer, periods_due integer,
        periods_missing integer, period_from date, period_to date, observed_at timestamptz, known_at timestamptz)
language plpgsql
stable
security definer
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
begin
        return query
                select c.code, f.scope, f.level, u.code, f.status, f.reason, f.numerator, f.denominator, f.value, f.target, f.units_bound,
                        f.units_counted, f.units_passed, f.periods_due, f.periods_missing, f.period_from, f.period_to, f.observed_at, f.known_at
                from comply.figures((comply.newest_version(p_campaign)).version_id, p_as_of, p_known_at) f
                join registry.criterion c on c.criterion_id = f.criterion_id
                left join registry.unit u on u.unit_id = f.unit_id
                order by c.ordinal, f.scope desc, f.level, u.code;
end
$$;
comment on function api_v1.compliance_as_of(text, date, timestamptz) is
        'Units, levels and province for any day and, with p_known_at, as it was known then. Computed on the spot by the campaign''s newest version.';
