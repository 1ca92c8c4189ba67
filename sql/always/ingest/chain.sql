-- The hash chain over run records, and the questions by which "thiduad verify" walks it.

-- Instants as seconds: the text of an instant depends on the session, a number does not.
create or replace function ingest.run_digests(p_run_ids bigint[], p_started_at timestamptz[])
returns table (run_id bigint, digest bytea)
language sql
stable
begin atomic
        select r.run_id, sha256(convert_to(jsonb_build_array(
                r.run_id, r.run, r.connector, r.stream, extract(epoch from r.slot_at), extract(epoch from r.started_at),
                extract(epoch from r.ended_at), r.instance, r.setup, r.state, r.pages, r.records, r.samples, r.rejects,
                r.failure_class, r.failure_retryable, r.failure_http_status, r.failure_sqlstate, r.failure_story,
                r.cause, extract(epoch from r.stated_at), r.replays,
                coalesce((
                        select jsonb_agg(jsonb_build_array(q.seq, q.ask, q.unit, q.method, q.url, q.headers, q.body, q.status,
                                q.content_type, extract(epoch from q.sent_at), q.took_us, encode(q.sha256, 'hex'), q.size, q.stored)
                                || case when q.withheld then '["withheld"]'::jsonb else '[]'::jsonb end
                                order by q.seq)
                        from ingest.request q
                        where q.run_id = r.run_id), '[]'))::text, 'UTF8'))
        from rows from (unnest(p_run_ids), unnest(p_started_at)) as p(run_id, started_at)
        join ingest.run r on r.run_id = p.run_id and r.started_at = p.started_at;
end;
comment on function ingest.run_digests(bigint[], timestamptz[]) is 'SHA-256 of run records with their requests and the hashes of their replies; a run that is not there is missing.';

create or replace function ingest.run_digest(p_run_id bigint, p_started_at timestamptz)
returns bytea
language sql
stable
begin atomic
        select d.digest from ingest.run_digests(array[p_run_id], array[p_started_at]) d;
end;
comment on function ingest.run_digest(bigint, timestamptz) is 'The same of one run; null: no such run.';

create or replace function ingest.link_hash(p_before bytea, p_link bigint, p_run uuid, p_stream text, p_digest bytea)
returns bytea
language sql
immutable
begin atomic
        select sha256(p_before || convert_to(p_link || ' ' || p_run || ' ' || p_stream, 'UTF8') || p_digest);
end;
comment on function ingest.link_hash(bytea, bigint, uuid, text, bytea) is 'The hash of a link, from the one before.';

create or replace function ingest.link_runs(p_runs jsonb, p_fresh boolean[], p_known_at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
        v_ids bigint[];
        v_runs uuid[];
        v_started_at timestamptz[];
        v_streams text[];
        v_digests bytea[];
        v_hashes bytea[] := array[]::bytea[];
        v_link bigint;
        v_hash bytea;
begin
        select array_agg(e.run_id order by e.run_id), array_agg(e.run order by e.run_id), array_agg(e.started_at order by e.run_id),
                array_agg(e.stream order by e.run_id)
        into v_ids, v_runs, v_started_at, v_streams
        from (
                select distinct on (r.run_id) r.run_id, r.run, r.started_at, r.connector || '/' || r.stream as stream
                from jsonb_to_recordset(p_runs) as d(parcel integer, run uuid, state text, started_at timestamptz)
                join ingest.run r on r.run = d.run and r.started_at = d.started_at
                where p_fresh[d.parcel]
                        and d.state is not null
                        and not exists (select from ingest.chain c where c.run_id = r.run_id)
                order by r.run_id) e;
        if v_ids is null then
                return;
        end if;
        select array_agg(d.digest order by d.run_id) into v_digests from ingest.run_digests(v_ids, v_started_at) d;

        select h.link, h.hash into strict v_link, v_hash from ingest.chain_head h for update;
        for v_nth in 1..cardinality(v_ids) loop
                v_hash := ingest.link_hash(v_hash, v_link + v_nth, v_runs[v_nth], v_streams[v_nth], v_digests[v_nth]);
                v_hashes[v_nth] := v_hash;
        end loop;
        insert into ingest.chain (link, run_id, run, stream, started_at, linked_at, digest, hash)
        select v_link + e.ordinal, e.run_id, e.run, e.stream, e.started_at, p_known_at, e.digest, e.hash
        from unnest(v_ids, v_runs, v_streams, v_started_at, v_digests, v_hashes) with ordinality as e(run_id, run, stream, started_at, digest, hash, ordinal)
        order by e.ordinal;
        update ingest.chain_head set link = v_link + cardinality(v_ids), hash = v_hash;
end
$$;
comment on function ingest.link_runs(jsonb, boolean[], timestamptz) is 'Adds a link for each run that ends with a fresh parcel.';

create or replace function ingest.is_retired(p_parent text, p_at timestamptz)
returns boolean
language sql
stable
begin atomic
        select exists (select from ingest.retired t where t.parent = p_parent and p_at >= t.from_at and p_at < t.to_at);
end;
comment on function ingest.is_retired(text, timestamptz) is 'Whether retention dropped the partition of that table for that instant.';

create or replace function ingest.verify_chain(p_limit integer default 20)
returns table (link bigint, run uuid, problem text)
language sql
stable
security definer
begin atomic
        with walked as (
                select c.link, c.run_id, c.run, c.stream, c.started_at, c.digest, c.hash,
                        coalesce(lag(c.link) over by_link, 0) as link_before,
                        coalesce(lag(c.hash) over by_link, decode(repeat('00', 32), 'hex')) as hash_before
                from ingest.chain c
                window by_link as (order by c.link)
        ),
        checked as (
                select w.link, w.run, case
                        when w.link <> w.link_before + 1 then format('links %s to %s are missing', w.link_before + 1, w.link - 1)
                        when w.hash <> ingest.link_hash(w.hash_before, w.link, w.run, w.stream, w.digest) then
                                format('the link of run %s (%s) was changed', w.run, w.stream)
                        when d.digest is null and not ingest.is_retired('ingest.run', w.started_at) then
                                format('the record of run %s (%s) is missing', w.run, w.stream)
                        when d.digest is distinct from w.digest and d.digest is not null then
                                format('the record of run %s (%s), or a request of it, was changed', w.run, w.stream)
                        end as problem
                from walked w
                cross join lateral (select ingest.run_digest(w.run_id, w.started_at) as digest) d
        ),
        ended as (
                select h.link, null::uuid as run, case
                        when l.link is null and h.link > 0 then format('the last link, %s, is missing', h.link)
                        when l.hash is distinct from h.hash and h.link > 0 then format('link %s is not the one that was written last', h.link)
                        when exists (select from ingest.chain c where c.link > h.link) then format('there are links after the last one, %s', h.link)
                        end as problem
                from ingest.chain_head h
                left join ingest.chain l on l.link = h.link
        ),
        unlinked as (
                select null::bigint as link, r.run, format('run %s (%s/%s) ended and has no link', r.run, r.connector, r.stream) as problem
                from ingest.run r
                where r.ended_at is not null and not exists (select from ingest.chain c where c.run_id = r.run_id)
        ),
        bodiless as (
                select c.link, r.run, format('the body %s of request %s of run %s (%s/%s) is missing', encode(q.sha256, 'hex'), q.seq, r.run, r.connector,
                        r.stream) as problem
                from ingest.request q
                join ingest.run r on r.run_id = q.run_id
                left join ingest.chain c on c.run_id = r.run_id
                where q.stored
                        and not exists (select from ingest.payload p where p.sha256 = q.sha256)
                        and not exists (select from ingest.retired t where t.parent = 'ingest.payload' and t.to_at > q.sent_at)
        )
        select b.link, b.run, b.problem
        from (
                select 1 as kind, * from checked
                union all
                select 2, * from ended
                union all
                select 3, * from unlinked
                union all
                select 4, * from bodiless
        ) b
        where b.problem is not null
        order by b.link nulls last, b.kind, b.problem
        limit p_limit;
end;
comment on function ingest.verify_chain(integer) is 'Walks the chain; the breaks, first one first. No row: it is whole. Bodies are checked by the program, which can inflate them.';

create or replace function ingest.chain_state(p_hash text default null)
returns table (link bigint, hash text, is_known boolean)
language sql
stable
security definer
begin atomic
        select h.link, encode(h.hash, 'hex'), exists (select from ingest.chain c where encode(c.hash, 'hex') = lower(p_hash))
        from ingest.chain_head h;
end;
comment on function ingest.chain_state(text) is 'The last link, and whether the hash p_hash is one of the chain.';

create or replace function ingest.stored_bodies(p_after_sha256 text, p_after_month date, p_limit integer)
returns table (sha256 text, stored_month date, size bigint, body text)
language sql
stable
security definer
begin atomic
        select encode(p.sha256, 'hex'), p.stored_month, p.size, encode(p.body, 'hex')
        from ingest.payload p
        where p_after_sha256 is null or (p.sha256, p.stored_month) > (decode(p_after_sha256, 'hex'), p_after_month)
        order by p.sha256, p.stored_month
        limit p_limit;
end;
comment on function ingest.stored_bodies(text, date, integer) is 'The archive piece by piece, deflated and in hex, for "thiduad verify".';

create or replace function ingest.body_user(p_sha256 text)
returns text
language sql
stable
security definer
begin atomic
        select format('request %s of run %s (%s/%s)', q.seq, r.run, r.connector, r.stream)
        from ingest.request q
        join ingest.run r on r.run_id = q.run_id
        where q.sha256 = decode(p_sha256, 'hex')
        order by q.sent_at
        limit 1;
end;
comment on function ingest.body_user(text) is 'In words: the first request that was answered with that body.';

create or replace function ingest.withheld_replies()
returns bigint
language sql
stable
security definer
begin atomic
        select count(*) from ingest.request q where q.withheld;
end;
comment on function ingest.withheld_replies() is 'Replies of confidential streams: hash and size are in the chain, the body was never stored.';

create or replace function ingest.about_bodies()
returns bigint
language sql
stable
security definer
begin atomic
        select coalesce(sum(greatest(c.reltuples, 0))::bigint, 0)
        from pg_catalog.pg_partition_tree('ingest.payload') t
        join pg_catalog.pg_class c on c.oid = t.relid
        where t.isleaf;
end;
comment on function ingest.about_bodies() is 'How many bodies the archive holds, as the statistics of the tables have it.';
