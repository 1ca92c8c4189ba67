-- What the sources stated.

create or replace view api_v1.figures as
select
        m.name as metric,
        u.code as unit,
        t.kind as period_kind,
        t.calendar,
        t.cumulative,
        o.period_from,
        o.period_to,
        o.value,
        o.observed_at,
        o.quality,
        o.evidence,
        o.known_at,
        l.known_at is not null as is_newest,
        r.connector,
        r.stream,
        r.run,
        o.request_seq,
        o.record_no,
        encode(q.sha256, 'hex') as payload_sha256
from fact.observation o
join registry.metric m on m.metric_id = o.metric_id
join registry.unit u on u.unit_id = o.unit_id
join registry.period_type t on t.period_type = o.period_type
left join fact.latest l
        on l.metric_id = o.metric_id
        and l.unit_id = o.unit_id
        and l.period_to = o.period_to
        and l.period_from = o.period_from
        and l.period_type = o.period_type
        and l.known_at = o.known_at
left join ingest.run r on r.run_id = o.run_id
left join ingest.request q on q.run_id = o.run_id and q.seq = o.request_seq;

comment on view api_v1.figures is 'Every statement of every source, with every restatement. Where is_newest, what is believed now.';
comment on column api_v1.figures.metric is 'What is counted.';
comment on column api_v1.figures.unit is 'The unit it is stated of.';
comment on column api_v1.figures.period_kind is 'day, month, quarter, half, nine_months, year or instant.';
comment on column api_v1.figures.calendar is 'calendar, or 15-14 for reporting periods of Nghị định 09/2019/NĐ-CP; the two are never added.';
comment on column api_v1.figures.cumulative is 'True: from the start of the period to period_to; figures of that kind are never added.';
comment on column api_v1.figures.period_from is 'First day of the period.';
comment on column api_v1.figures.period_to is 'Last day of the period.';
comment on column api_v1.figures.value is 'The figure; null: the source stated that there is none.';
comment on column api_v1.figures.observed_at is 'When the source says it made the statement; null: it does not say.';
comment on column api_v1.figures.quality is 'The source''s own flag; and what a check of plausibility found, after "check".';
comment on column api_v1.figures.evidence is 'Text or link given with a declared figure.';
comment on column api_v1.figures.known_at is 'From when on it was known here.';
comment on column api_v1.figures.is_newest is 'False: a later statement about the same period has replaced it.';
comment on column api_v1.figures.connector is 'Connector that brought it.';
comment on column api_v1.figures.stream is 'Stream of the connector.';
comment on column api_v1.figures.run is 'Run that brought it.';
comment on column api_v1.figures.request_seq is 'Request of the run whose reply it stands in.';
comment on column api_v1.figures.record_no is 'Number of the record in that reply.';
comment on column api_v1.figures.payload_sha256 is 'SHA-256 of the reply''s body.';
