-- Units, codes, successions, blocks, metrics, period types, campaigns.

set local search_path = pg_catalog;
set local role thidua_owner;

create table registry.unit (
        unit_id integer generated always as identity constraint unit_unit_id_pk primary key,
        code text not null constraint unit_code_uq unique,
        name text not null,
        kind text not null,
        level text not null,
        parent_id integer constraint unit_parent_id_fk references registry.unit deferrable initially deferred,
        gso_code text,
        valid daterange not null,
        note text,
        constraint unit_code_ck check (code ~ '^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$' and length(code) <= 60),
        constraint unit_kind_ck check (kind ~ '^[a-z][a-z0-9_]*$'),
        constraint unit_level_ck check (level in ('province', 'district', 'commune')),
        constraint unit_valid_ck check (not isempty(valid))
);

comment on table registry.unit is 'One unit for its whole life. Never merged away: successions tell what became of it.';
comment on column registry.unit.code is 'The slug that everything outside the database uses.';
comment on column registry.unit.kind is 'so_ban_nganh, ubnd_huyen, ubnd_xa, mttq_ctxh or khac; a campaign names the kinds it ranks.';
comment on column registry.unit.level is 'Level of government. Not the level of a campaign, which follows from the kind.';
comment on column registry.unit.gso_code is 'GSO number at the date of the unit list; no key, since numbers pass from unit to unit.';
comment on column registry.unit.valid is 'Days on which the unit exists.';

create table registry.unit_code (
        system text not null,
        code text not null,
        unit_id integer not null constraint unit_code_unit_id_fk references registry.unit,
        valid daterange not null,
        note text,
        constraint unit_code_system_code_valid_pk primary key (system, code, valid),
        constraint unit_code_system_ck check (system ~ '^[a-z0-9]+([-_][a-z0-9]+)*$'),
        constraint unit_code_valid_ck check (not isempty(valid))
);
create index unit_code_unit_id_ix on registry.unit_code (unit_id);

comment on table registry.unit_code is 'What a source calls a unit, by code system and day. A code may pass to another unit, never be two units'' on one day.';

create table registry.succession (
        predecessor_id integer not null constraint succession_predecessor_id_fk references registry.unit,
        successor_id integer constraint succession_successor_id_fk references registry.unit,
        effective_on date not null,
        legal_basis text,
        note text,
        constraint succession_predecessor_successor_effective_uq
                unique nulls not distinct (predecessor_id, successor_id, effective_on)
);
create index succession_successor_id_ix on registry.succession (successor_id);

comment on table registry.succession is 'From effective_on the successor stands for the predecessor. No successor: abolished, nobody takes it whole.';

create table registry.block_member (
        block text not null,
        block_name text not null,
        unit_id integer not null constraint block_member_unit_id_fk references registry.unit,
        as_of text not null,
        source text not null,
        constraint block_member_block_unit_id_pk primary key (block, unit_id)
);

comment on table registry.block_member is 'Emulation blocks (khối thi đua) as last seen; as_of is the month or year of that sighting, not a validity.';

create table registry.metric (
        metric_id integer generated always as identity constraint metric_metric_id_pk primary key,
        name text not null constraint metric_name_uq unique,
        first_seen_at timestamptz not null default now(),
        constraint metric_name_ck check (name ~ '^[a-z0-9]+([._-][a-z0-9]+)*$' and length(name) <= 120)
);

comment on table registry.metric is 'Names of what is counted. A metric is registered by its first delivery or by the campaign that asks for it.';

create table registry.period_type (
        period_type smallint constraint period_type_period_type_pk primary key,
        kind text not null,
        calendar text not null,
        cumulative boolean not null,
        constraint period_type_kind_calendar_cumulative_uq unique (kind, calendar, cumulative),
        constraint period_type_kind_ck
                check (kind in ('day', 'month', 'quarter', 'half', 'nine_months', 'year', 'instant')),
        constraint period_type_calendar_ck check (calendar in ('calendar', '15-14')),
        constraint period_type_day_ck check (calendar = 'calendar' or kind not in ('day', 'instant'))
);

comment on table registry.period_type is 'Kind, calendar and accumulation of a period as one small number. Figures of two types are never added.';
comment on column registry.period_type.calendar is 'calendar, or 15-14 for the reporting periods of Nghị định 09/2019/NĐ-CP, Art. 12.';
comment on column registry.period_type.cumulative is 'True: the period runs from its start to the day of the figure, and the next figure contains this one.';

insert into registry.period_type (period_type, kind, calendar, cumulative)
values
        (1, 'day', 'calendar', false),
        (2, 'day', 'calendar', true),
        (3, 'instant', 'calendar', false),
        (4, 'instant', 'calendar', true),
        (11, 'month', 'calendar', false),
        (12, 'month', 'calendar', true),
        (13, 'month', '15-14', false),
        (14, 'month', '15-14', true),
        (21, 'quarter', 'calendar', false),
        (22, 'quarter', 'calendar', true),
        (23, 'quarter', '15-14', false),
        (24, 'quarter', '15-14', true),
        (31, 'half', 'calendar', false),
        (32, 'half', 'calendar', true),
        (33, 'half', '15-14', false),
        (34, 'half', '15-14', true),
        (41, 'nine_months', 'calendar', false),
        (42, 'nine_months', 'calendar', true),
        (43, 'nine_months', '15-14', false),
        (44, 'nine_months', '15-14', true),
        (51, 'year', 'calendar', false),
        (52, 'year', 'calendar', true),
        (53, 'year', '15-14', false),
        (54, 'year', '15-14', true);

create table registry.campaign (
        campaign_id integer generated always as identity constraint campaign_campaign_id_pk primary key,
        code text not null constraint campaign_code_uq unique,
        constraint campaign_code_ck check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$')
);

comment on table registry.campaign is 'One legal act that units are measured against.';

create table registry.campaign_version (
        version_id integer generated always as identity constraint campaign_version_version_id_pk primary key,
        campaign_id integer not null constraint campaign_version_campaign_id_fk references registry.campaign,
        version integer not null,
        sha256 bytea not null,
        loaded_at timestamptz not null default now(),
        title text not null,
        legal_basis text not null,
        from_on date not null,
        to_on date not null,
        measure_from date not null,
        measure_to date not null,
        province_id integer not null constraint campaign_version_province_id_fk references registry.unit,
        content jsonb not null,
        constraint campaign_version_campaign_id_version_uq unique (campaign_id, version),
        constraint campaign_version_days_ck check (from_on <= to_on and measure_from <= measure_to)
);

comment on table registry.campaign_version is 'A campaign as loaded at one time. Immutable: changed content is a new version, results name the one they used.';
comment on column registry.campaign_version.sha256 is 'SHA-256 of content as PostgreSQL prints it; the same content is never a new version.';
comment on column registry.campaign_version.measure_from is 'A period counts when its last day lies in measure_from..measure_to.';
comment on column registry.campaign_version.content is 'The whole campaign file as JSON, with all that no column holds.';

create table registry.campaign_level (
        version_id integer not null constraint campaign_level_version_id_fk references registry.campaign_version,
        level text not null,
        kind text not null,
        title text not null,
        ordinal integer not null,
        constraint campaign_level_version_id_level_pk primary key (version_id, level),
        constraint campaign_level_version_id_kind_uq unique (version_id, kind)
);

comment on table registry.campaign_level is 'Which kind of unit stands on which level of the campaign.';

create table registry.review (
        version_id integer not null constraint review_version_id_fk references registry.campaign_version,
        name text not null,
        on_day date not null,
        basis text,
        constraint review_version_id_name_pk primary key (version_id, name)
);

comment on table registry.review is 'Days on which a campaign is reviewed (sơ kết, tổng kết).';

create table registry.criterion (
        criterion_id integer generated always as identity constraint criterion_criterion_id_pk primary key,
        version_id integer not null constraint criterion_version_id_fk references registry.campaign_version,
        code text not null,
        ordinal integer not null,
        title text not null,
        kind text not null,
        period text[] not null,
        calendar text not null,
        accumulate text not null,
        province text not null,
        count_among text not null,
        passes numeric,
        out_of numeric,
        direction text not null,
        due_after interval not null,
        stale_after interval,
        carry text not null,
        exclude text,
        legal_basis text not null,
        certainty text,
        note text,
        constraint criterion_version_id_code_uq unique (version_id, code),
        constraint criterion_kind_ck check (kind in ('ratio', 'flag', 'value', 'checklist')),
        constraint criterion_calendar_ck check (calendar in ('calendar', '15-14')),
        constraint criterion_accumulate_ck check (accumulate in ('sum', 'latest', 'state')),
        constraint criterion_province_ck check (province in ('sum', 'own', 'count_units', 'none')),
        constraint criterion_count_among_ck check (count_among in ('bound', 'figures')),
        constraint criterion_passes_ck check (passes is not null or province <> 'count_units'),
        constraint criterion_direction_ck check (direction in ('at_least', 'at_most')),
        constraint criterion_out_of_ck check (out_of > 0),
        constraint criterion_carry_ck check (carry in ('none', 'predecessors'))
);

comment on table registry.criterion is 'One criterion of one version of a campaign, with the rule by which its figure is made.';
comment on column registry.criterion.period is 'Kinds of period whose figures count.';
comment on column registry.criterion.accumulate is 'sum: periods are added; latest: the newest cumulative figure; state: the newest statement about a day.';
comment on column registry.criterion.province is 'sum over units; own figure of the province unit; count_units that pass; none.';
comment on column registry.criterion.count_among is 'For count_units: the denominator is every bound unit, or the units that have a figure.';
comment on column registry.criterion.passes is 'For count_units: value from which a unit passes, in percent for ratios and checklists.';
comment on column registry.criterion.out_of is 'A fixed denominator, where the act itself names the number.';
comment on column registry.criterion.due_after is 'A closed period is owed from its last day plus this.';
comment on column registry.criterion.stale_after is 'A figure is stale when the source''s newest statement is older than this on the day asked for.';
comment on column registry.criterion.carry is 'predecessors: a unit''s figure includes those of the units merged into it.';

create table registry.criterion_input (
        criterion_id integer not null constraint criterion_input_criterion_id_fk references registry.criterion,
        role text not null,
        metric_id integer not null constraint criterion_input_metric_id_fk references registry.metric,
        ordinal integer not null,
        item text,
        title text,
        levels text[],
        certainty text,
        constraint criterion_input_criterion_id_role_metric_id_pk primary key (criterion_id, role, metric_id),
        constraint criterion_input_role_ck check (role in ('numerator', 'denominator', 'value', 'item', 'witness')),
        constraint criterion_input_item_ck check ((role = 'item') = (item is not null))
);
create index criterion_input_metric_id_ix on registry.criterion_input (metric_id);

comment on table registry.criterion_input is 'The metrics a criterion is made of.';
comment on column registry.criterion_input.role is
        'numerator, denominator and value enter the figure; item is one line of a checklist; a witness above zero refutes an all-zero denominator.';
comment on column registry.criterion_input.levels is 'For a checklist item: levels it applies to; null means all levels of the criterion.';

create table registry.criterion_level (
        criterion_id integer not null constraint criterion_level_criterion_id_fk references registry.criterion,
        level text not null,
        constraint criterion_level_criterion_id_level_pk primary key (criterion_id, level)
);

comment on table registry.criterion_level is 'Levels a criterion binds.';

create table registry.not_applicable (
        criterion_id integer not null constraint not_applicable_criterion_id_fk references registry.criterion,
        level text,
        unit_id integer constraint not_applicable_unit_id_fk references registry.unit,
        reason text not null,
        constraint not_applicable_criterion_id_level_unit_id_uq unique nulls not distinct (criterion_id, level, unit_id),
        constraint not_applicable_level_unit_id_ck check (num_nonnulls(level, unit_id) = 1),
        constraint not_applicable_reason_ck check (length(btrim(reason)) > 0)
);

comment on table registry.not_applicable is 'Whom a criterion does not bind, and why.';

create table registry.target (
        criterion_id integer not null constraint target_criterion_id_fk references registry.criterion,
        level text,
        unit_id integer constraint target_unit_id_fk references registry.unit,
        whole boolean not null,
        value numeric not null,
        valid daterange not null,
        constraint target_criterion_id_level_unit_id_whole_valid_uq
                unique nulls not distinct (criterion_id, level, unit_id, whole, valid),
        constraint target_level_unit_id_whole_ck check (num_nonnulls(level, unit_id) + whole::integer = 1)
);

comment on table registry.target is 'What a criterion demands: of a level, of one unit, or of the province as a whole.';
comment on column registry.target.whole is 'True: one figure for the province. No unit has met or missed it.';
comment on column registry.target.value is 'Percent for ratios and checklists, 1 for flags, the number itself for values.';
