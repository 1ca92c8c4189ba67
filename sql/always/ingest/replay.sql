-- What was polled before, for replays and for retries of quarantine. Bodies come one by one from ingest.stored_body().

create or replace function ingest.stored_runs(p_connector text, p_stream text, p_from date, p_to date)
returns table (run uuid, stream text, started_us bigint)
language sql
stable
security definer
begin atomic
        select r.run, r.stream, (extract(epoch from r.started_at) * 1000000)::bigint
        from ingest.run r
        where r.connector = p_connector
                and (p_stream is null or r.stream = p_stream)
                and r.started_at >= p_from::timestamp at time zone 'Asia/Ho_Chi_Minh'
                and r.started_at < (p_to + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh'
                and r.cause = 'poll'
                and r.state in ('ok', 'partial')
        order by r.started_at, r.run_id;
end;
comment on function ingest.stored_runs(text, text, date, date) is 'Runs of those days that brought something, the oldest first.';

-- Logins have neither body nor hash, and an answer "unchanged" has nothing to map.
create or replace function ingest.stored_requests(p_run uuid, p_asks text[] default null)
returns table (ask text, unit text, method text, url text, body text, status integer, content_type text, sent_us bigint, sha256 text, withheld boolean)
language sql
stable
security definer
begin atomic
        select coalesce(q.ask, ''), q.unit, q.method, q.url, q.body, q.status, q.content_type, (extract(epoch from q.sent_at) * 1000000)::bigint,
                encode(q.sha256, 'hex'), q.withheld
        from ingest.run r
        join ingest.request q on q.run_id = r.run_id
        where r.run = p_run
                and (p_asks is null or coalesce(q.ask, '') = any (p_asks))
                and (q.sha256 is not null or (q.status >= 400 and q.status <> 401))
        order by q.seq;
end;
comment on function ingest.stored_requests(uuid, text[]) is 'The answered requests of a run, in their order; of some asks, or all.';

create or replace function ingest.stored_body(p_sha256 text)
returns text
language sql
stable
security definer
begin atomic
        select encode(p.body, 'hex')
        from ingest.payload p
        where p.sha256 = decode(p_sha256, 'hex')
        order by p.stored_month desc
        limit 1;
end;
comment on function ingest.stored_body(text) is 'A body of the archive, deflated and in hex; null: it is not there.';
