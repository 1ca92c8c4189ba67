-- Figures of closed periods that a source states anew, as events that can be read on from and are told once.

set local search_path = pg_catalog;
set local role thidua_owner;

alter table comply.dirty add known_at timestamptz;
comment on column comply.dirty.known_at is 'From when on there are new statements; null: rules or units changed, or older than this column.';

create table comply.restated (
        restated_id bigint generated always as identity constraint restated_restated_id_pk primary key,
        noticed_at timestamptz not null,
        told_at timestamptz,
        metric_id integer not null constraint restated_metric_id_fk references registry.metric,
        unit_id integer not null constraint restated_unit_id_fk references registry.unit,
        period_type smallint not null constraint restated_period_type_fk references registry.period_type,
        period_from date not null,
        period_to date not null,
        known_before timestamptz not null,
        known_at timestamptz not null,
        value_before numeric,
        value numeric,
        run_id bigint not null,
        constraint restated_figure_known_at_uq unique (metric_id, unit_id, period_to, period_from, period_type, known_at)
);
create index restated_told_at_ix on comply.restated (restated_id) where told_at is null;

comment on table comply.restated is 'Append-only: every figure that became another after its period was over.';
comment on column comply.restated.noticed_at is 'When a refresh found it.';
comment on column comply.restated.told_at is 'When a daemon took it for its journal; null: nobody has yet.';
comment on column comply.restated.value_before is 'Null: the source had stated that there is none.';
