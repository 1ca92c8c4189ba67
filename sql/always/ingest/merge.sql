-- ingest.deliver(): one call commits a batch of parcels, whole or not at all.
--
-- What must hold:
-- * A parcel that is in ingest.parcel already is skipped with all that belongs to it.
-- * A sample that states what is believed already writes nothing. "The same" means value, quality, evidence, and the day of
--   the source's own statement: the same figure stated on a later day is newer knowledge, and staleness is judged by it.
-- * A reply that is mapped anew does not overrule what the source stated later: only what stems from that reply or an older one. Nor does
--   a delivery of an instance that has lost the connector to another one, and it moves no cursor.
-- * A key's known_at only grows, whatever the writer's clock does.
-- * What a connector's checks of plausibility (plausible.sql) find is flagged, set aside, or keeps out all figures and cursors of its run. Nor do runs move a
--   cursor that began before the daemon knew of that.
-- * What a parcel leaves out, since an earlier answer said it, was said: its claims (p_cursors, "was") hold what ingest.cursor has of those asks. Whatever else
--   states figures of a connector takes that away, so that the source is heard again.
-- * Data that cannot be stored raise an SQLSTATE of class 22 or 23, so that the writer may halve the batch.

create or replace function ingest.resolve_runs(p_runs jsonb, p_run uuid[], p_fresh boolean[])
returns bigint[]
language plpgsql
set search_path = ''
as $$
declare
        v_ids bigint[];
        v_missing uuid;
begin
        -- A run that begins and ends within the batch is described by several parcels: the one that ends it says most.
        insert into ingest.run as r (run, connector, stream, slot_at, started_at, ended_at, instance, setup, state,
                pages, records, samples, rejects,
                failure_class, failure_retryable, failure_http_status, failure_sqlstate, failure_story, cause, stated_at, replays, fence)
        select distinct on (d.run, d.started_at)
                d.run, d.connector, d.stream, d.slot_at, d.started_at, d.ended_at, d.instance, d.setup, coalesce(d.state, 'running'),
                d.pages, d.records, d.samples, d.rejects,
                f.class, f.retryable, f.http_status, f.sqlstate, f.story, coalesce(d.cause, 'poll'), d.stated_at, d.replays, d.fence
        from jsonb_to_recordset(p_runs) as d(parcel integer, run uuid, connector text, stream text, slot_at timestamptz,
                        started_at timestamptz, ended_at timestamptz, instance text, setup text, state text,
                        pages bigint, records bigint, samples bigint, rejects bigint, failure jsonb, cause text, stated_at timestamptz, replays uuid, fence bigint),
                lateral jsonb_to_record(case jsonb_typeof(d.failure) when 'object' then d.failure else '{}' end)
                        as f(class text, retryable boolean, http_status integer, sqlstate text, story text)
        where p_fresh[d.parcel]
        order by d.run, d.started_at, d.ended_at nulls last, d.parcel
        on conflict (run, started_at) do update
        set ended_at = excluded.ended_at,
                state = excluded.state,
                pages = excluded.pages,
                records = excluded.records,
                samples = excluded.samples,
                rejects = excluded.rejects,
                failure_class = excluded.failure_class,
                failure_retryable = excluded.failure_retryable,
                failure_http_status = excluded.failure_http_status,
                failure_sqlstate = excluded.failure_sqlstate,
                failure_story = excluded.failure_story
        where r.ended_at is null and excluded.ended_at is not null;

        select array_agg(coalesce(r.run_id, 0) order by u.ordinal),
                (min(u.run::text) filter (where r.run_id is null))::uuid
        into v_ids, v_missing
        from unnest(p_run) with ordinality as u(run, ordinal)
        left join lateral (select i.run_id from ingest.run i where i.run = u.run limit 1) r on true;
        if v_missing is not null then
                raise exception 'run % is named but not described', v_missing using errcode = '22023';
        end if;
        return coalesce(v_ids, '{}');
end
$$;
comment on function ingest.resolve_runs(jsonb, uuid[], boolean[]) is
        'Stores the runs that fresh parcels describe and returns the number of each run of p_run.';

create or replace function ingest.store_requests(p_requests jsonb, p_fresh boolean[])
returns void
language sql
begin atomic
        insert into ingest.request (run_id, seq, ask, unit, method, url, headers, body, status, content_type, sent_at, took_us,
                sha256, size, stored, head, reply_headers, withheld)
        select distinct on (r.run_id, q.seq)
                r.run_id, q.seq, q.ask, q.unit, q.method, q.url, q.headers, q.body, q.status, q.content_type, q.sent_at, q.took_us,
                decode(q.sha256, 'hex'), q.size, coalesce(q.stored, false), decode(q.head, 'hex'), q.reply_headers,
                coalesce(q.withheld, false)
        from jsonb_to_recordset(p_requests) as q(parcel integer, run uuid, seq integer, ask text, unit text, method text, url text,
                headers jsonb, body text, status integer, content_type text, sent_at timestamptz, took_us bigint,
                sha256 text, size bigint, stored boolean, head text, reply_headers jsonb, withheld boolean)
        cross join lateral (select i.run_id from ingest.run i where i.run = q.run limit 1) r
        where p_fresh[q.parcel]
        order by r.run_id, q.seq, q.parcel desc
        on conflict do nothing;
end;
comment on function ingest.store_requests(jsonb, boolean[]) is 'Stores the requests of fresh parcels.';

create or replace function ingest.resolve_metrics(p_metric text[])
returns integer[]
language plpgsql
set search_path = ''
as $$
declare
        v_ids integer[];
begin
        insert into registry.metric (name)
        select distinct m.name
        from unnest(p_metric) as m(name)
        where not exists (select from registry.metric k where k.name = m.name)
        order by m.name
        on conflict do nothing;

        select array_agg(k.metric_id order by m.ordinal)
        into v_ids
        from unnest(p_metric) with ordinality as m(name, ordinal)
        join registry.metric k on k.name = m.name;
        return coalesce(v_ids, '{}');
end
$$;
comment on function ingest.resolve_metrics(text[]) is 'Numbers of metrics in the order given; an unknown one is registered.';

create or replace function ingest.resolve_periods(p_kind text[], p_calendar text[], p_cumulative boolean[], p_from date[], p_to date[])
returns smallint[]
language plpgsql
set search_path = ''
as $$
declare
        v_ids smallint[];
        v_bad text;
        v_year integer;
begin
        select array_agg(coalesce(t.period_type, 0::smallint) order by p.ordinal),
                min(format('%s %s %s..%s', p.kind, p.calendar, p.from_on, p.to_on))
                        filter (where t.period_type is null or p.from_on is null or p.to_on is null or p.from_on > p.to_on)
        into v_ids, v_bad
        from unnest(p_kind, p_calendar, p_cumulative, p_from, p_to) with ordinality
                as p(kind, calendar, cumulative, from_on, to_on, ordinal)
        left join registry.period_type t
                on t.kind = p.kind and t.calendar = p.calendar and t.cumulative = p.cumulative;
        if v_bad is not null then
                raise exception 'no such period: %', v_bad using errcode = '22023';
        end if;
        for v_year in select distinct extract(year from d.day)::integer from unnest(p_to) as d(day) loop
                perform ingest.make_fact_year(v_year);
        end loop;
        return coalesce(v_ids, '{}');
end
$$;
comment on function ingest.resolve_periods(text[], text[], boolean[], date[], date[]) is
        'Numbers of period types in the order given; makes the partitions that the periods need.';

create or replace function ingest.make_months(p_known_at timestamptz, p_runs jsonb, p_requests jsonb)
returns void
language plpgsql
set search_path = ''
set datestyle = 'ISO'
as $$
declare
        v_month date;
begin
        for v_month in
                select distinct date_trunc('month', i.at at time zone 'UTC')::date
                from (
                        select p_known_at as at
                        union all
                        select r.started_at from jsonb_to_recordset(p_runs) as r(started_at timestamptz)
                        union all
                        select q.sent_at from jsonb_to_recordset(p_requests) as q(sent_at timestamptz)
                ) i
                where i.at is not null
        loop
                perform ingest.make_month(v_month);
        end loop;
end
$$;
comment on function ingest.make_months(timestamptz, jsonb, jsonb) is 'Makes the monthly partitions that a batch needs.';

create or replace function ingest.store_rejects(p_rejects jsonb, p_fresh boolean[], p_known_at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
        v_missing uuid;
begin
        select d.run into v_missing
        from jsonb_to_recordset(p_rejects) as d(parcel integer, run uuid)
        where p_fresh[d.parcel] and not exists (select from ingest.run i where i.run = d.run)
        limit 1;
        if v_missing is not null then
                raise exception 'a reject names run %, which is not described', v_missing using errcode = '22023';
        end if;

        insert into ingest.reject (run_id, known_at, request_seq, record_no, reason, field, detail, excerpt, unit_code, system)
        select r.run_id, p_known_at, d.request, d.record, d.reason, d.field, d.detail, d.excerpt, d.unit_code, d.system
        from rows from (jsonb_to_recordset(p_rejects) as (parcel integer, run uuid, request integer, record bigint, reason text,
                field text, detail text, excerpt text, unit_code text, system text)) with ordinality
                as d(parcel, run, request, record, reason, field, detail, excerpt, unit_code, system, ordinal)
        cross join lateral (select i.run_id from ingest.run i where i.run = d.run limit 1) r
        where p_fresh[d.parcel]
        order by d.ordinal;
end
$$;
comment on function ingest.store_rejects(jsonb, boolean[], timestamptz) is 'Stores the rejects of fresh parcels.';

create or replace function ingest.store_cursors(p_cursors jsonb, p_fresh boolean[], p_known_at timestamptz)
returns void
language sql
begin atomic
        insert into ingest.cursor as c (connector, stream, partition, value, known_at)
        select distinct on (d.connector, d.stream, d.partition) d.connector, d.stream, d.partition, d.value, p_known_at
        from rows from (jsonb_to_recordset(p_cursors) as (parcel integer, connector text, stream text, partition text, value text))
                with ordinality as d(parcel, connector, stream, partition, value, ordinal)
        where p_fresh[d.parcel] and d.value is not null
        order by d.connector, d.stream, d.partition, d.parcel desc, d.ordinal desc
        on conflict (connector, stream, partition) do update
        set value = excluded.value, known_at = excluded.known_at;
end;
comment on function ingest.store_cursors(jsonb, boolean[], timestamptz) is 'Moves cursors to where the newest fresh parcel stands.';

create or replace function ingest.deliver(
        p_spool uuid,
        p_known_at timestamptz,
        p_parcels bigint[],
        p_runs jsonb,
        p_requests jsonb,
        p_body_sha256 bytea[],
        p_body bytea[],
        p_body_size bigint[],
        p_metric text[],
        p_unit text[],
        p_period_kind text[],
        p_calendar text[],
        p_period_from date[],
        p_period_to date[],
        p_cumulative boolean[],
        p_run uuid[],
        s_parcel integer[],
        s_run integer[],
        s_metric integer[],
        s_unit integer[],
        s_period integer[],
        s_value numeric[],
        s_observed_at timestamptz[],
        s_quality text[],
        s_evidence text[],
        s_request integer[],
        s_record bigint[],
        p_rejects jsonb,
        p_cursors jsonb)
returns table (parcel bigint, outcome text, observations integer, unchanged integer)
language plpgsql
security definer
set search_path = ''
-- Neither array lengths nor statistics may decide the plan: every step below is a scan of the batch with one index lookup per row. A partition
-- that was analyzed while it was empty would otherwise be read whole for each row, until it is analyzed again.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_memoize = off
set jit = off
as $$
#variable_conflict use_column
declare
        v_committed bigint[];
        v_fresh boolean[];
        v_run_ids bigint[];
        v_stated timestamptz[];
        v_late boolean[];
        v_guarded boolean[];
        v_unproven boolean[];
        v_is_plain boolean;
        v_is_stated boolean;
        v_metric_ids integer[];
        v_unit_ids integer[];
        v_period_types smallint[];
        v_new integer[];
        v_same integer[];
        v_open boolean[];
        v_knows boolean[];
        v_quality text[] := s_quality;
        v_keep boolean[];
        v_verdicts jsonb := jsonb '[]';
        v_block jsonb := jsonb '[]';
        v_more jsonb;
        v_note text[];
        v_schema text;
        v_table text;
begin
        with added as (
                insert into ingest.parcel (spool, seq, known_at)
                select p_spool, p.seq, p_known_at
                from unnest(p_parcels) as p(seq)
                order by p.seq
                on conflict do nothing
                returning seq
        )
        select coalesce(array_agg(a.seq), '{}') into v_committed from added a;

        select array_agg(p.seq = any (v_committed) order by p.ordinal)
        into v_fresh
        from unnest(p_parcels) with ordinality as p(seq, ordinal);

        if cardinality(v_committed) = 0 then
                return query select p.seq, 'already', 0, 0 from unnest(p_parcels) with ordinality as p(seq, ordinal) order by p.ordinal;
                return;
        end if;
        if exists (
                select
                from (
                        select unnest(s_run) as run, unnest(s_metric) as metric, unnest(s_unit) as unit, unnest(s_period) as period,
                                unnest(s_parcel) as parcel) s
                where not coalesce(
                        s.run between 1 and cardinality(p_run)
                        and s.metric between 1 and cardinality(p_metric)
                        and s.unit between 1 and cardinality(p_unit)
                        and s.period between 1 and cardinality(p_period_to)
                        and s.parcel between 1 and cardinality(p_parcels), false)
        ) then
                raise exception 'a sample points outside the dictionaries of its batch' using errcode = '22023';
        end if;

        perform ingest.make_months(p_known_at, p_runs, p_requests);
        v_run_ids := ingest.resolve_runs(p_runs, p_run, v_fresh);
        v_late := ingest.late_parcels(p_runs, cardinality(p_parcels));
        select array_agg(v_late[p.ordinal] or coalesce(x.is_replay, false) order by p.ordinal)
        into v_guarded
        from generate_series(1, cardinality(p_parcels)) as p(ordinal)
        left join (
                select d.parcel, bool_or(d.replays is not null) as is_replay
                from jsonb_to_recordset(p_runs) as d(parcel integer, replays uuid)
                group by d.parcel) x on x.parcel = p.ordinal;
        if p_cursors @? '$[*].was' then
                select array_agg(v_fresh[p.ordinal] and not v_late[p.ordinal] order by p.ordinal)
                into v_unproven
                from generate_series(1, cardinality(p_parcels)) as p(ordinal);
                v_unproven := ingest.unproven_parcels(p_cursors, v_unproven);
        end if;
        if true = any (v_guarded) then
                select array_agg(coalesce(r.stated_at, r.started_at) order by u.ordinal)
                into v_stated
                from unnest(v_run_ids) with ordinality as u(run_id, ordinal)
                join ingest.run r on r.run_id = u.run_id;
        end if;
        v_metric_ids := ingest.resolve_metrics(p_metric);
        v_period_types := ingest.resolve_periods(p_period_kind, p_calendar, p_cumulative, p_period_from, p_period_to);
        -- Zero stands for an unknown unit: an array with nulls in it cannot be indexed in constant time.
        select coalesce(array_agg(coalesce(u.unit_id, 0) order by d.ordinal), '{}')
        into v_unit_ids
        from unnest(p_unit) with ordinality as d(code, ordinal)
        left join registry.unit u on u.code = d.code;

        insert into ingest.payload (sha256, stored_month, size, body)
        select distinct on (b.sha256) b.sha256, date_trunc('month', p_known_at at time zone 'UTC')::date, b.size, b.body
        from unnest(p_body_sha256, p_body, p_body_size) as b(sha256, body, size)
        order by b.sha256
        on conflict do nothing;
        perform ingest.store_requests(p_requests, v_fresh);

        v_open := v_fresh;
        if p_runs @? '$[*].checks' then
                -- A run that was blocked stays so: what follows of it is kept out as well.
                select array_agg(v_fresh[p.ordinal] and not coalesce(x.is_blocked, false) order by p.ordinal)
                into v_open
                from generate_series(1, cardinality(p_parcels)) as p(ordinal)
                left join (
                        select d.parcel, bool_or(r.blocked is not null) as is_blocked
                        from jsonb_to_recordset(p_runs) as d(parcel integer, run uuid, started_at timestamptz)
                        join ingest.run r on r.run = d.run and r.started_at = d.started_at
                        group by d.parcel) x on x.parcel = p.ordinal;
                -- Each round keeps out at least one run, and judges without what is kept out.
                loop
                        select coalesce(jsonb_agg(to_jsonb(j) order by j.ordinal), '[]')
                        into v_verdicts
                        from ingest.judge_samples(p_runs, v_open, v_guarded, v_stated, p_metric, v_metric_ids, v_unit_ids, p_period_from, p_period_to,
                                p_cumulative, v_period_types, s_parcel, s_run, s_metric, s_unit, s_period, s_value) j;
                        v_more := ingest.block_runs(p_runs, v_verdicts, p_known_at);
                        exit when v_more = '[]';
                        v_block := v_block || v_more;
                        select array_agg(v_open[p.ordinal] and x.parcel is null order by p.ordinal)
                        into v_open
                        from generate_series(1, cardinality(p_parcels)) as p(ordinal)
                        left join (
                                select distinct d.parcel
                                from jsonb_to_recordset(v_more) as b(run uuid)
                                join jsonb_to_recordset(p_runs) as d(parcel integer, run uuid) on d.run = b.run) x on x.parcel = p.ordinal;
                end loop;

                select array_agg(v.action is distinct from 'quarantine' order by s.ordinal),
                        array_agg(case v.action when 'warn' then concat_ws('; ', s.quality, v.story) else s.quality end order by s.ordinal)
                into v_keep, v_quality
                from unnest(s_parcel, s_quality) with ordinality as s(parcel, quality, ordinal)
                left join jsonb_to_recordset(v_verdicts) as v(ordinal bigint, action text, story text) on v.ordinal = s.ordinal;

                perform ingest.set_aside(p_known_at, v_run_ids[s_run[v.ordinal]], s_request[v.ordinal], s_record[v.ordinal], v.reason, v.story,
                        jsonb_strip_nulls(jsonb_build_object(
                                'metric', p_metric[s_metric[v.ordinal]],
                                'unit', p_unit[s_unit[v.ordinal]],
                                'period_kind', p_period_kind[s_period[v.ordinal]],
                                'calendar', p_calendar[s_period[v.ordinal]],
                                'period_from', p_period_from[s_period[v.ordinal]],
                                'period_to', p_period_to[s_period[v.ordinal]],
                                'cumulative', p_cumulative[s_period[v.ordinal]],
                                'value', s_value[v.ordinal],
                                'observed_at', s_observed_at[v.ordinal],
                                'quality', s_quality[v.ordinal],
                                'evidence', s_evidence[v.ordinal])))
                from jsonb_to_recordset(v_verdicts || coalesce((select jsonb_agg(b.one) from jsonb_array_elements(v_block) as k(run),
                                jsonb_array_elements(k.run -> 'verdicts') as b(one)), '[]'))
                        as v(ordinal bigint, parcel integer, action text, reason text, story text)
                where v.action in ('quarantine', 'block')
                order by v.ordinal;
                v_knows := ingest.known_blocks(p_runs, cardinality(p_parcels));
                v_note := ingest.notes_of(p_runs, v_verdicts, v_fresh, v_open);
        else
                v_knows := array_fill(true, array[cardinality(p_parcels)]);
        end if;

        -- A way that was not the right one leaves no trace.
        v_new := array_fill(0, array[cardinality(p_parcels)]);
        v_same := v_new;
        v_is_stated := cardinality(s_metric) = 0;
        v_is_plain := v_keep is null and not true = any (v_guarded);
        if not v_is_stated and v_is_plain and ingest.looks_new(v_metric_ids, v_unit_ids, p_period_from, p_period_to, v_period_types, s_metric, s_unit, s_period) then
                begin
                        select n.news, n.same into v_new, v_same
                        from ingest.state_new(p_known_at, p_parcels, v_open, v_metric_ids, v_unit_ids, p_period_from, p_period_to, v_period_types,
                                v_run_ids, s_parcel, s_run, s_metric, s_unit, s_period, s_value, s_observed_at, v_quality, s_evidence, s_request, s_record) n;
                        v_is_stated := true;
                exception
                        when unique_violation then
                                null;
                end;
        end if;
        if not v_is_stated and v_is_plain then
                begin
                        select n.news, n.same into v_new, v_same
                        from ingest.state_plain(p_spool, p_known_at, p_parcels, v_open, v_metric_ids, v_unit_ids, p_period_from, p_period_to, v_period_types,
                                v_run_ids, s_parcel, s_run, s_metric, s_unit, s_period, s_value, s_observed_at, v_quality, s_evidence, s_request, s_record) n;
                        v_is_stated := true;
                exception
                        when unique_violation or cardinality_violation then
                                null;
                end;
        end if;
        if not v_is_stated then
                select n.news, n.same into v_new, v_same
                from ingest.state_ordered(p_spool, p_known_at, p_parcels, v_open, v_metric_ids, v_unit_ids, p_period_from, p_period_to, v_period_types,
                        v_run_ids, s_parcel, s_run, s_metric, s_unit, s_period, s_value, s_observed_at, v_quality, s_evidence, s_request, s_record,
                        v_keep, v_guarded, v_stated) n;
        end if;

        -- A whole reply that was the same as last time: nobody looked at its values, the run alone confirms them. Of another one the daemon leaves out what the same
        -- ask was answered the same, and says how much that was.
        insert into fact.confirmed as c (known_at, run_id, spool, seq, unchanged)
        select p_known_at, r.run_id, p_spool, p_parcels[d.parcel], coalesce(d.known, 0)
        from jsonb_to_recordset(p_runs) as d(parcel integer, run uuid, state text, known integer)
        cross join lateral (select i.run_id from ingest.run i where i.run = d.run limit 1) r
        where v_fresh[d.parcel] and v_knows[d.parcel] and v_unproven[d.parcel] is not true and (d.state = 'unchanged' or d.known > 0)
        on conflict (run_id, spool, seq, known_at) do update set unchanged = c.unchanged + excluded.unchanged;

        if 0 = any (v_unit_ids) then
                insert into ingest.reject (run_id, known_at, request_seq, record_no, reason, field, detail, unit_code, sample)
                select v_run_ids[s.run], p_known_at, s.request_seq, s.record_no, 'unit_not_in_registry', 'unit',
                        format('no unit %L in the registry', p_unit[s.unit]), p_unit[s.unit],
                        jsonb_strip_nulls(jsonb_build_object(
                                'metric', p_metric[s.metric],
                                'unit', p_unit[s.unit],
                                'period_kind', p_period_kind[s.period],
                                'calendar', p_calendar[s.period],
                                'period_from', p_period_from[s.period],
                                'period_to', p_period_to[s.period],
                                'cumulative', p_cumulative[s.period],
                                'value', s.value,
                                'observed_at', s.observed_at,
                                'quality', s.quality,
                                'evidence', s.evidence))
                from ingest.samples(s_parcel, s_run, s_metric, s_unit, s_period, s_value, s_observed_at, s_quality, s_evidence, s_request, s_record) s
                where v_open[s.parcel] and v_unit_ids[s.unit] = 0
                order by s.parcel, s.ordinal;
        end if;
        perform ingest.store_rejects(p_rejects, v_fresh, p_known_at);
        perform ingest.store_cursors(p_cursors, (
                select array_agg(v_open[p.ordinal] and v_knows[p.ordinal] and not v_late[p.ordinal] order by p.ordinal)
                from generate_series(1, cardinality(p_parcels)) as p(ordinal)), p_known_at);
        if true = any (v_unproven) then
                perform ingest.forget_unproven(p_cursors, v_unproven);
        end if;
        if exists (select from unnest(v_guarded, v_new) as g(is_guarded, news) where g.is_guarded and g.news > 0) then
                perform ingest.forget_asks((
                        select array_agg(distinct d.connector)
                        from jsonb_to_recordset(p_runs) as d(parcel integer, connector text)
                        where v_guarded[d.parcel] and v_new[d.parcel] > 0));
        end if;
        if true = any (v_late) then
                update ingest.run r
                set is_late = true
                from jsonb_to_recordset(p_runs) as d(parcel integer, run uuid, started_at timestamptz)
                where v_late[d.parcel] and r.run = d.run and r.started_at = d.started_at and not r.is_late;
        end if;
        if v_open <> v_fresh then
                perform ingest.fail_blocked(p_runs, p_cursors, v_fresh, v_open, p_known_at);
        end if;
        -- Last, since all deliveries queue for the head of the chain.
        perform ingest.link_runs(p_runs, v_fresh, p_known_at);

        return query
                select p.seq, case when v_fresh[p.ordinal] then coalesce(v_note[p.ordinal],
                                case when v_unproven[p.ordinal] then 'unproven: what was known of its answers is not what the database knows: all is read again' end, 'committed') else 'already' end,
                        v_new[p.ordinal],
                        v_same[p.ordinal] + case when v_fresh[p.ordinal] then coalesce(d.known, 0) else 0 end
                from unnest(p_parcels) with ordinality as p(seq, ordinal)
                left join (
                        select k.parcel, sum(k.known)::integer as known
                        from jsonb_to_recordset(p_runs) as k(parcel integer, known integer)
                        group by k.parcel) d on d.parcel = p.ordinal
                order by p.ordinal;
exception
        when unique_violation then
                get stacked diagnostics v_schema = schema_name, v_table = table_name;
                if v_schema = 'fact' and v_table like 'observation%' then
                        raise exception 'another delivery stated the same figures at the same time' using errcode = '40001';
                end if;
                raise;
end
$$;
comment on function ingest.deliver(uuid, timestamptz, bigint[], jsonb, jsonb, bytea[], bytea[], bigint[], text[], text[], text[], text[],
        date[], date[], boolean[], uuid[], integer[], integer[], integer[], integer[], integer[], numeric[], timestamptz[], text[],
        text[], integer[], bigint[], jsonb, jsonb) is
        'Commits a batch of parcels. Arrays are indexed from 1; s_* are parallel, one that is shorter ends in nulls; their numbers point into the p_* dictionaries, in which nothing stands twice. Outcomes: already, committed, and after a colon what was found: "checked: ..." (committed), "unproven: ..." (committed; what it leaves out is to be told), "blocked: ..." (kept out with its whole run).';
