-- Quarantine: rejects that wait for a mended code table or mapping, or for somebody who says that they are nothing.

create or replace function ingest.quarantine(p_ids bigint[], p_connector text, p_reason text, p_unit text)
returns table (reject_id bigint, run_id bigint, known_at timestamptz, ask text)
language sql
stable
begin atomic
        select j.reject_id, j.run_id, j.known_at, q.ask
        from ingest.reject j
        left join ingest.run r on r.run_id = j.run_id
        left join lateral (
                select coalesce(i.ask, '') as ask
                from ingest.request i
                where i.run_id = j.run_id and i.seq = j.request_seq
                limit 1
        ) q on true
        where j.outcome is null
                and (p_ids is null or j.reject_id = any (p_ids))
                and (p_connector is null or r.connector = p_connector)
                and (p_reason is null or j.reason = p_reason)
                and (p_unit is null or j.unit_code = p_unit or j.sample ->> 'unit' = p_unit);
end;
comment on function ingest.quarantine(bigint[], text, text, text) is 'Rejects that wait, by number, connector, reason and unit code; null: any.';

-- A replayed run is not the source's own word about when it was asked, so the run that was replayed is what is replayed again.
create or replace function ingest.quarantine_runs(p_ids bigint[], p_connector text, p_reason text, p_unit text)
returns table (run uuid, reject_run uuid, connector text, stream text, started_us bigint, asks text[], rejects bigint[])
language sql
stable
security definer
begin atomic
        select coalesce(r.replays, r.run), r.run, r.connector, r.stream, (extract(epoch from coalesce(r.stated_at, r.started_at)) * 1000000)::bigint,
                array_agg(distinct q.ask), array_agg(q.reject_id order by q.reject_id)
        from ingest.quarantine(p_ids, p_connector, p_reason, p_unit) q
        join ingest.run r on r.run_id = q.run_id
        where q.ask is not null
        group by r.run, r.replays, r.connector, r.stream, r.stated_at, r.started_at
        order by coalesce(r.stated_at, r.started_at), r.run;
end;
comment on function ingest.quarantine_runs(bigint[], text, text, text) is 'The runs and asks whose stored replies must be mapped anew for those rejects, the oldest first.';

create or replace function ingest.quarantine_count(p_ids bigint[], p_connector text, p_reason text, p_unit text)
returns bigint
language sql
stable
security definer
begin atomic
        select count(*) from ingest.quarantine(p_ids, p_connector, p_reason, p_unit);
end;
comment on function ingest.quarantine_count(bigint[], text, text, text) is 'How many rejects wait.';

create or replace function ingest.settle_rejects(p_ids bigint[], p_connector text, p_reason text, p_unit text, p_outcome text, p_by text,
        p_run uuid, p_now timestamptz)
returns bigint
language sql
security definer
begin atomic
        with settled as (
                update ingest.reject j
                set outcome = p_outcome, settled_at = p_now, settled_by = p_by, settled_run = p_run
                from ingest.quarantine(p_ids, p_connector, p_reason, p_unit) q
                where j.reject_id = q.reject_id and j.known_at = q.known_at
                returning 1
        )
        select count(*) from settled;
end;
comment on function ingest.settle_rejects(bigint[], text, text, text, text, text, uuid, timestamptz) is 'Takes rejects out of quarantine, and keeps who did it and why.';
