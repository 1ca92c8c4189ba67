-- What makes a later change evident, and what a replay, a retry and retention leave behind.

set local search_path = pg_catalog;
set local role thidua_owner;

alter table ingest.run
        add cause text not null default 'poll',
        add stated_at timestamptz,
        add replays uuid,
        add constraint run_cause_ck check (cause in ('poll', 'replay', 'retry')),
        add constraint run_replays_ck check ((cause = 'poll') = (replays is null));

comment on column ingest.run.cause is 'poll: the source was asked; replay: its stored replies went through a mended mapping; retry: those of rejects in quarantine.';
comment on column ingest.run.stated_at is 'For a replay: when the source was asked. Null: when the run started.';
comment on column ingest.run.replays is 'The run whose stored replies were replayed.';

alter table ingest.reject
        add outcome text,
        add settled_at timestamptz,
        add settled_by text,
        add settled_run uuid,
        add constraint reject_outcome_ck check (outcome in ('retried', 'dropped')),
        add constraint reject_settled_at_ck check ((settled_at is null) = (outcome is null));

comment on column ingest.reject.outcome is 'Null: waits in quarantine. retried: its reply was mapped anew; dropped: somebody decided that it is nothing.';
comment on column ingest.reject.settled_by is 'Who dropped or retried it.';
comment on column ingest.reject.settled_run is 'The run of the retry: what it could not map stands as a new reject of that run.';

create table ingest.chain (
        link bigint not null,
        run_id bigint not null,
        run uuid not null,
        stream text not null,
        started_at timestamptz not null,
        linked_at timestamptz not null,
        digest bytea not null,
        hash bytea not null,
        constraint chain_link_pk primary key (link),
        constraint chain_run_id_uq unique (run_id),
        constraint chain_digest_ck check (octet_length(digest) = 32),
        constraint chain_hash_ck check (octet_length(hash) = 32)
);

comment on table ingest.chain is 'One link for every run that ended, in the order in which their ends were delivered. Kept when runs are retired.';
comment on column ingest.chain.stream is 'connector/stream, so that a run that was taken away can still be named.';
comment on column ingest.chain.digest is 'Of the run record and its requests, with the hashes of their replies.';
comment on column ingest.chain.hash is 'SHA-256 over the hash before, this link''s number, its run and its digest.';

create table ingest.chain_head (
        is_only boolean not null default true,
        link bigint not null,
        hash bytea not null,
        constraint chain_head_is_only_pk primary key (is_only),
        constraint chain_head_is_only_ck check (is_only)
);
insert into ingest.chain_head (link, hash) values (0, decode(repeat('00', 32), 'hex'));

comment on table ingest.chain_head is 'The last link. Its row is what deliveries queue for, last of all that they lock.';

create table ingest.retired (
        partition text not null,
        parent text not null,
        from_at timestamptz not null,
        to_at timestamptz not null,
        retired_at timestamptz not null,
        constraint retired_partition_pk primary key (partition)
);

comment on table ingest.retired is 'Partitions that retention dropped: what is missing since is not a break.';
