-- How data came in.

create or replace view api_v1.runs as
select
        r.run,
        r.connector,
        r.stream,
        r.slot_at,
        r.started_at,
        r.ended_at,
        r.state,
        r.pages,
        r.records,
        r.samples,
        r.rejects,
        r.failure_class,
        r.failure_retryable,
        r.failure_http_status,
        r.failure_sqlstate,
        r.failure_story,
        r.instance,
        r.setup,
        r.cause,
        coalesce(r.stated_at, r.started_at) as stated_at,
        r.replays,
        r.fence,
        r.is_late
from ingest.run r;

comment on view api_v1.runs is 'Every execution of every stream.';
comment on column api_v1.runs.run is 'Id of the run, also in the journal.';
comment on column api_v1.runs.connector is 'Connector.';
comment on column api_v1.runs.stream is 'Stream of the connector.';
comment on column api_v1.runs.slot_at is 'Moment it was due.';
comment on column api_v1.runs.started_at is 'When it began.';
comment on column api_v1.runs.ended_at is 'When it ended; null: it has not, or its end has not arrived.';
comment on column api_v1.runs.state is 'running, ok, partial, unchanged or failed.';
comment on column api_v1.runs.pages is 'Pages fetched.';
comment on column api_v1.runs.records is 'Records read.';
comment on column api_v1.runs.samples is 'Figures taken from them.';
comment on column api_v1.runs.rejects is 'Records that could not become figures.';
comment on column api_v1.runs.failure_class is 'What kind of failure.';
comment on column api_v1.runs.failure_retryable is 'Whether trying again may help.';
comment on column api_v1.runs.failure_http_status is 'HTTP status of the failure.';
comment on column api_v1.runs.failure_sqlstate is 'SQLSTATE of the failure.';
comment on column api_v1.runs.failure_story is 'What happened, in words.';
comment on column api_v1.runs.instance is 'Daemon that ran it.';
comment on column api_v1.runs.setup is 'SHA-256 of the connector file in force.';
comment on column api_v1.runs.cause is 'poll: the source was asked; replay, retry: its stored replies were mapped anew.';
comment on column api_v1.runs.stated_at is 'When the source was asked.';
comment on column api_v1.runs.replays is 'The run whose replies were mapped anew.';
comment on column api_v1.runs.fence is 'Number of the lease under which the source was asked; null: connectors are not shared between instances.';
comment on column api_v1.runs.is_late is 'Delivered when another instance held the connector already, or after it was kept aside: its figures stand only where nothing later was stated.';

create or replace view api_v1.rejects as
select
        j.reject_id,
        j.known_at,
        r.connector,
        r.stream,
        r.run,
        j.request_seq,
        j.record_no,
        j.reason,
        j.field,
        j.detail,
        j.excerpt,
        j.unit_code,
        j.system,
        j.outcome,
        j.settled_at,
        j.settled_by,
        j.settled_run
from ingest.reject j
left join ingest.run r on r.run_id = j.run_id;

comment on view api_v1.rejects is 'Records that could not become figures, and why.';
comment on column api_v1.rejects.reject_id is 'Number of the reject.';
comment on column api_v1.rejects.known_at is 'When it was stored.';
comment on column api_v1.rejects.connector is 'Connector.';
comment on column api_v1.rejects.stream is 'Stream of the connector.';
comment on column api_v1.rejects.run is 'Run.';
comment on column api_v1.rejects.request_seq is 'Request of the run.';
comment on column api_v1.rejects.record_no is 'Record in the reply.';
comment on column api_v1.rejects.reason is 'Reason as one word.';
comment on column api_v1.rejects.field is 'Field that was wrong.';
comment on column api_v1.rejects.detail is 'What was wrong with it.';
comment on column api_v1.rejects.excerpt is 'The record, shortened.';
comment on column api_v1.rejects.unit_code is 'Code of the unit as the source wrote it.';
comment on column api_v1.rejects.system is 'Code system it was looked up in.';
comment on column api_v1.rejects.outcome is 'Null: waits in quarantine. retried, accepted, dropped: settled.';
comment on column api_v1.rejects.settled_at is 'When it was settled.';
comment on column api_v1.rejects.settled_by is 'By whom.';
comment on column api_v1.rejects.settled_run is 'The run of the retry.';

-- One index step per stream instead of a scan of all runs there ever were.
create or replace view api_v1.connectors as
with recursive stream as (
        (
                select r.connector, r.stream
                from ingest.run r
                order by r.connector, r.stream
                limit 1
        )
        union all
        select n.connector, n.stream
        from stream s
        cross join lateral (
                select r.connector, r.stream
                from ingest.run r
                where (r.connector, r.stream) > (s.connector, s.stream)
                order by r.connector, r.stream
                limit 1
        ) n
)
select
        s.connector,
        s.stream,
        l.state,
        l.run as last_run,
        l.started_at as last_started_at,
        l.ended_at as last_ended_at,
        l.samples as last_samples,
        l.rejects as last_rejects,
        l.failure_class,
        l.failure_story,
        g.ended_at as last_success_at
from stream s
cross join lateral (
        select r.state, r.run, r.started_at, r.ended_at, r.samples, r.rejects, r.failure_class, r.failure_story
        from ingest.run r
        where r.connector = s.connector and r.stream = s.stream
        order by r.started_at desc
        limit 1
) l
left join lateral (
        select r.ended_at
        from ingest.run r
        where r.connector = s.connector and r.stream = s.stream and r.state in ('ok', 'unchanged')
        order by r.started_at desc
        limit 1
) g on true;

comment on view api_v1.connectors is 'How each stream of each connector fares.';
comment on column api_v1.connectors.connector is 'Connector.';
comment on column api_v1.connectors.stream is 'Stream of the connector.';
comment on column api_v1.connectors.state is 'State of the last run: running, ok, partial, unchanged or failed.';
comment on column api_v1.connectors.last_run is 'Id of the last run.';
comment on column api_v1.connectors.last_started_at is 'When it began.';
comment on column api_v1.connectors.last_ended_at is 'When it ended.';
comment on column api_v1.connectors.last_samples is 'Figures it brought.';
comment on column api_v1.connectors.last_rejects is 'Records it could not use.';
comment on column api_v1.connectors.failure_class is 'What kind of failure it ended with.';
comment on column api_v1.connectors.failure_story is 'What happened, in words.';
comment on column api_v1.connectors.last_success_at is 'When the last run that brought everything ended; null: never.';
