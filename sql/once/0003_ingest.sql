-- How figures come in: parcels, runs, requests, payloads, rejects, cursors.
--
-- What grows without end is partitioned by month, so that retention drops partitions and never deletes rows.
-- Partitions are made by ingest.make_partitions() ahead of time and by ingest.deliver() when one is missing.

set local search_path = pg_catalog;
set local role thidua_owner;

create table ingest.parcel (
        spool uuid not null,
        seq bigint not null,
        known_at timestamptz not null,
        constraint parcel_spool_seq_pk primary key (spool, seq)
);

comment on table ingest.parcel is 'Every parcel that was committed. Its key is why nothing can be counted twice.';

create table ingest.run (
        run_id bigint generated always as identity,
        run uuid not null,
        connector text not null,
        stream text not null,
        slot_at timestamptz,
        started_at timestamptz not null,
        ended_at timestamptz,
        instance text,
        setup text,
        state text not null default 'running',
        pages bigint,
        records bigint,
        samples bigint,
        rejects bigint,
        failure_class text,
        failure_retryable boolean,
        failure_http_status integer,
        failure_sqlstate text,
        failure_story text,
        constraint run_run_id_started_at_pk primary key (run_id, started_at),
        constraint run_run_started_at_uq unique (run, started_at),
        constraint run_state_ck check (state in ('running', 'ok', 'partial', 'unchanged', 'failed')),
        constraint run_ended_at_ck check ((ended_at is null) = (state = 'running')),
        constraint run_failure_ck check (state <> 'failed' or failure_class is not null)
) partition by range (started_at);
create index run_connector_stream_started_at_ix on ingest.run (connector, stream, started_at);

comment on table ingest.run is 'One execution of one stream of a connector for one slot.';
comment on column ingest.run.setup is 'SHA-256 in hex of the connector file that was in force.';

create table ingest.request (
        run_id bigint not null,
        seq integer not null,
        ask text,
        unit text,
        method text not null,
        url text not null,
        headers jsonb,
        body text,
        status integer,
        content_type text,
        sent_at timestamptz not null,
        took_us bigint,
        sha256 bytea,
        size bigint,
        stored boolean not null,
        constraint request_run_id_seq_sent_at_pk primary key (run_id, seq, sent_at),
        constraint request_sha256_ck check (octet_length(sha256) = 32)
) partition by range (sent_at);

comment on table ingest.request is 'What was asked and how it was answered; secrets are blanked before they leave the daemon.';
comment on column ingest.request.stored is 'Whether the body of the reply is in ingest.payload; when not, hash and size remain.';

create table ingest.payload (
        sha256 bytea not null,
        stored_month date not null,
        size bigint not null,
        body bytea not null,
        constraint payload_sha256_stored_month_pk primary key (sha256, stored_month),
        constraint payload_sha256_ck check (octet_length(sha256) = 32),
        constraint payload_stored_month_ck check (extract(day from stored_month) = 1)
) partition by range (stored_month);
-- Bodies are deflated already; a second compression would only cost time.
alter table ingest.payload alter column body set storage external;

comment on table ingest.payload is 'Bodies of replies by SHA-256, zlib-deflated. Kept once per month, so that dropping an old month never takes the evidence of a newer one.';

create table ingest.reject (
        reject_id bigint generated always as identity,
        run_id bigint not null,
        known_at timestamptz not null,
        request_seq integer,
        record_no bigint,
        reason text not null,
        field text,
        detail text,
        excerpt text,
        unit_code text,
        system text,
        sample jsonb,
        constraint reject_reject_id_known_at_pk primary key (reject_id, known_at),
        constraint reject_reason_ck check (reason ~ '^[a-z][a-z0-9_]*$')
) partition by range (known_at);
create index reject_run_id_ix on ingest.reject (run_id);

comment on table ingest.reject is 'Records that could not become a figure, with reason and place.';
comment on column ingest.reject.sample is 'For a unit missing in the registry: the whole sample, so that it can be taken in once the unit is there.';

create table ingest.cursor (
        connector text not null,
        stream text not null,
        partition text not null,
        value text not null,
        known_at timestamptz not null,
        constraint cursor_connector_stream_partition_pk primary key (connector, stream, partition)
);

comment on table ingest.cursor is 'How far each stream has been read.';
