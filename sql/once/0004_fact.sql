-- What sources stated, in two times: the period a figure speaks about and the instant it became known.
--
-- fact.observation only ever gains rows. fact.latest is derived from it: the newest belief of every key, kept so that a
-- delivery finds what it must compare with, and compliance what is believed now, by one index lookup.

set local search_path = pg_catalog;
set local role thidua_owner;

create table fact.observation (
        known_at timestamptz not null,
        observed_at timestamptz,
        run_id bigint not null,
        record_no bigint,
        metric_id integer not null,
        unit_id integer not null,
        period_from date not null,
        period_to date not null,
        request_seq integer,
        period_type smallint not null,
        value numeric,
        quality text,
        evidence text,
        constraint observation_key_pk primary key (metric_id, unit_id, period_to, period_from, period_type, known_at),
        constraint observation_period_ck check (period_from <= period_to)
) partition by range (period_to);

comment on table fact.observation is 'Append-only. A restated figure is a new row with a later known_at; a repeated one is no row.';
comment on column fact.observation.known_at is 'The writer''s clock at delivery, made later than the key''s previous known_at where needed.';
comment on column fact.observation.observed_at is 'When the source says it made the statement; null when it does not say.';
comment on column fact.observation.value is 'Null: the source stated that there is no figure. That is neither zero nor missing.';
comment on column fact.observation.quality is 'The source''s own flag, or disputed.';
comment on column fact.observation.evidence is 'Text or link given with a declared figure.';
comment on column fact.observation.run_id is 'ingest.run; with request_seq and record_no the place in the payload.';

create table fact.latest (
        known_at timestamptz not null,
        observed_at timestamptz,
        metric_id integer not null,
        unit_id integer not null,
        period_from date not null,
        period_to date not null,
        period_type smallint not null,
        value numeric,
        quality text,
        evidence text,
        constraint latest_key_pk primary key (metric_id, unit_id, period_to, period_from, period_type)
) partition by range (period_to);

comment on table fact.latest is 'The newest observation of every key; the partitions pair with those of fact.observation.';

create table fact.confirmed (
        known_at timestamptz not null,
        run_id bigint not null,
        spool uuid not null,
        seq bigint not null,
        unchanged integer not null,
        constraint confirmed_run_id_spool_seq_known_at_pk primary key (run_id, spool, seq, known_at)
) partition by range (known_at);

comment on table fact.confirmed is 'Runs that repeated what was known: one row per run and parcel, none per value.';
comment on column fact.confirmed.unchanged is 'Values seen and found unchanged; 0 when the whole reply was the same and none was looked at.';
