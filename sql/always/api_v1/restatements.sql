-- Figures of closed periods that became others.

create or replace view api_v1.restatements as
select
        r.restated_id,
        r.noticed_at,
        m.name as metric,
        u.code as unit,
        t.kind as period_kind,
        t.calendar,
        t.cumulative,
        r.period_from,
        r.period_to,
        r.value_before,
        r.value,
        r.known_before,
        r.known_at,
        n.connector,
        n.stream,
        n.run
from comply.restated r
join registry.metric m on m.metric_id = r.metric_id
join registry.unit u on u.unit_id = r.unit_id
join registry.period_type t on t.period_type = r.period_type
left join ingest.run n on n.run_id = r.run_id;

comment on view api_v1.restatements is 'Feed of figures that became others after their period was over. Read on from the last restated_id seen; channel thidua_restated tells when.';
comment on column api_v1.restatements.restated_id is 'Grows with every restatement.';
comment on column api_v1.restatements.noticed_at is 'When it was found: at the computation after its delivery.';
comment on column api_v1.restatements.metric is 'What is counted.';
comment on column api_v1.restatements.unit is 'The unit it is stated of.';
comment on column api_v1.restatements.period_kind is 'day, month, quarter, half, nine_months, year or instant.';
comment on column api_v1.restatements.calendar is 'calendar or 15-14.';
comment on column api_v1.restatements.cumulative is 'True: from the start of the period to period_to.';
comment on column api_v1.restatements.period_from is 'First day of the period.';
comment on column api_v1.restatements.period_to is 'Last day of the period; it was over when the new figure came.';
comment on column api_v1.restatements.value_before is 'What was believed before; null: the source had stated that there is none.';
comment on column api_v1.restatements.value is 'What the source states now; null: that there is none.';
comment on column api_v1.restatements.known_before is 'From when on the figure before was known.';
comment on column api_v1.restatements.known_at is 'From when on the new one is known.';
comment on column api_v1.restatements.connector is 'Connector that brought it; null: the run was retired.';
comment on column api_v1.restatements.stream is 'Stream of the connector.';
comment on column api_v1.restatements.run is 'Run that brought it.';
