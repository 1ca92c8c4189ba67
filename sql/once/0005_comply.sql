-- Compliance: what has to be computed anew, and what came out.

set local search_path = pg_catalog;
set local role thidua_owner;

create table comply.dirty (
        dirty_id bigint generated always as identity constraint dirty_dirty_id_pk primary key,
        metric_id integer,
        unit_id integer,
        constraint dirty_metric_id_unit_id_ck check ((metric_id is null) = (unit_id is null))
);

comment on table comply.dirty is
        'Figures that changed since the last refresh; both null: rules or units changed, compute everything. Without a unique key on purpose: a delivery must never wait for a refresh.';

create table comply.snapshot (
        snapshot_id bigint generated always as identity constraint snapshot_snapshot_id_pk primary key,
        version_id integer not null constraint snapshot_version_id_fk references registry.campaign_version,
        as_of date not null,
        known_at timestamptz,
        computed_at timestamptz not null,
        constraint snapshot_version_id_as_of_known_at_uq unique nulls not distinct (version_id, as_of, known_at)
);

comment on table comply.snapshot is 'One computation of one campaign version for one day.';
comment on column comply.snapshot.known_at is 'Null: follows what is known; else what was known at that instant, and so never changes.';

create table comply.current (
        campaign_id integer not null
                constraint current_campaign_id_pk primary key
                constraint current_campaign_id_fk references registry.campaign,
        snapshot_id bigint not null constraint current_snapshot_id_fk references comply.snapshot
);

comment on table comply.current is 'The snapshot that the last refresh of each campaign wrote.';

create table comply.result (
        snapshot_id bigint not null constraint result_snapshot_id_fk references comply.snapshot,
        criterion_id integer not null constraint result_criterion_id_fk references registry.criterion,
        scope text not null,
        level text,
        unit_id integer constraint result_unit_id_fk references registry.unit,
        status text not null,
        reason text,
        numerator numeric,
        denominator numeric,
        value numeric,
        target numeric,
        units_bound integer,
        units_counted integer,
        units_passed integer,
        periods_due integer,
        periods_missing integer,
        period_from date,
        period_to date,
        observed_at timestamptz,
        known_at timestamptz,
        constraint result_snapshot_criterion_scope_level_unit_uq
                unique nulls not distinct (snapshot_id, criterion_id, scope, level, unit_id),
        constraint result_scope_ck check (scope in ('unit', 'level', 'province')),
        constraint result_scope_keys_ck check (
                (scope = 'unit' and level is not null and unit_id is not null)
                or (scope = 'level' and level is not null and unit_id is null)
                or (scope = 'province' and level is null and unit_id is null)),
        constraint result_status_ck check (status in ('met', 'not_met', 'on_track', 'at_risk', 'no_data', 'stale', 'overdue',
                'no_figure', 'no_target', 'not_applicable', 'disputed'))
);
create index result_snapshot_id_unit_id_ix on comply.result (snapshot_id, unit_id);

comment on table comply.result is 'Figure and status of every unit, level and province for every criterion of a snapshot.';

create table comply.change (
        change_id bigint generated always as identity constraint change_change_id_pk primary key,
        snapshot_id bigint not null constraint change_snapshot_id_fk references comply.snapshot,
        changed_at timestamptz not null,
        criterion_id integer not null constraint change_criterion_id_fk references registry.criterion,
        scope text not null,
        level text,
        unit_id integer constraint change_unit_id_fk references registry.unit,
        status_before text,
        status text,
        numerator_before numeric,
        numerator numeric,
        denominator_before numeric,
        denominator numeric
);

comment on table comply.change is 'Append-only: every status or figure that a refresh changed.';
