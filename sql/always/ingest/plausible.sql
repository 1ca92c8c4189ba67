-- Checks of plausibility that a connector states for its metrics: what is delivered is compared with what is known.
--
-- The place for them is the delivery: there the last known figure is never guessed, whatever was restarted or waited in a spool meanwhile.
-- * The last known figure of a series (metric, unit, kind of period; of figures that count from the start of a year: of that year) is that of the same period,
--   or else of the nearest earlier one. There is none: nothing is compared, the figure is the first.
-- * A figure that is believed already is not doubted anew.
-- * What a check found stands in the quality of a figure that is stored all the same ("check jump: ..."), and stays there when the source repeats the figure.
-- * What was set aside, or kept out with all else of its run, is not known, so nothing is compared with it.

create or replace function ingest.is_overruled(p_metric_id integer, p_unit_id integer, p_period_to date, p_period_from date, p_period_type smallint,
        p_stated_at timestamptz)
returns boolean
language sql
stable
begin atomic
        select exists (
                select
                from fact.latest n
                join fact.observation o
                        on o.metric_id = n.metric_id
                        and o.unit_id = n.unit_id
                        and o.period_to = n.period_to
                        and o.period_from = n.period_from
                        and o.period_type = n.period_type
                        and o.known_at = n.known_at
                join ingest.run r on r.run_id = o.run_id
                where n.metric_id = p_metric_id
                        and n.unit_id = p_unit_id
                        and n.period_to = p_period_to
                        and n.period_from = p_period_from
                        and n.period_type = p_period_type
                        and coalesce(r.stated_at, r.started_at) > p_stated_at);
end;
comment on function ingest.is_overruled(integer, integer, date, date, smallint, timestamptz) is 'Whether what is believed of a key was stated after that instant.';

-- Null: the figure passes.
create or replace function ingest.judge_figure(p_rule jsonb, p_value numeric, p_last numeric, p_last_to date, p_is_same_count boolean, p_other numeric)
returns text
language sql
stable
begin atomic
        select case p_rule ->> 'check'
        when 'range' then
                case
                when p_value < (p_rule ->> 'min')::numeric then format('check range: %s is less than %s', p_value, p_rule ->> 'min')
                when p_value > (p_rule ->> 'max')::numeric then format('check range: %s is more than %s', p_value, p_rule ->> 'max')
                end
        when 'jump' then
                case
                when (p_rule ->> 'percent')::boolean and abs(p_value - p_last) * 100 > (p_rule ->> 'bound')::numeric * abs(p_last)
                                or not (p_rule ->> 'percent')::boolean and abs(p_value - p_last) > (p_rule ->> 'bound')::numeric then
                        format('check jump: %s after %s (to %s), more than %s%s', p_value, p_last, to_char(p_last_to, 'YYYY-MM-DD'), p_rule ->> 'bound',
                                case when (p_rule ->> 'percent')::boolean then ' %' else '' end)
                end
        when 'monotone' then
                case when p_is_same_count and p_value < p_last then format('check monotone: %s after %s (to %s)', p_value, p_last, to_char(p_last_to, 'YYYY-MM-DD')) end
        when 'not_above' then
                case when p_value > p_other then format('check not_above: %s is more than %s of %s', p_value, p_other, p_rule ->> 'other') end
        end;
end;
comment on function ingest.judge_figure(jsonb, numeric, numeric, date, boolean, numeric) is
        'What one check finds, in words. p_is_same_count: the last figure counts from the same day. What is not known is null, and found to be nothing.';

create or replace function ingest.judge_samples(
        p_runs jsonb, p_open boolean[], p_guarded boolean[], p_stated timestamptz[], p_metric text[], p_metric_ids integer[], p_unit_ids integer[],
        p_period_from date[], p_period_to date[], p_cumulative boolean[], p_period_types smallint[],
        s_parcel integer[], s_run integer[], s_metric integer[], s_unit integer[], s_period integer[], s_value numeric[])
returns table (ordinal bigint, parcel integer, action text, reason text, story text)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
        v_row record;
        v_rule jsonb;
        v_series text := '';
        v_last_value numeric;
        v_last_from date;
        v_last_to date;
        v_last_found text;
        v_value numeric;
        v_from date;
        v_to date;
        v_found text;
        v_one text;
        v_rank integer;
        v_reason text;
begin
        for v_row in
                with rule as (
                        select d.parcel, m.ordinal::integer as metric, jsonb_agg(c.rule) as rules, min(c.rule ->> 'other') as other
                        from jsonb_to_recordset(p_runs) as d(parcel integer, checks jsonb)
                        cross join lateral jsonb_array_elements(case jsonb_typeof(d.checks) when 'array' then d.checks else '[]' end) as c(rule)
                        join unnest(p_metric) with ordinality as m(name, ordinal) on m.name = c.rule ->> 'metric'
                        where p_open[d.parcel]
                        group by d.parcel, m.ordinal
                ),
                sample as materialized (
                        select s.ordinal, s.parcel, s.run, s.metric, p_unit_ids[s.unit] as unit_id, s.value,
                                p_period_from[s.period] as period_from, p_period_to[s.period] as period_to,
                                p_period_types[s.period] as period_type, p_cumulative[s.period] as cumulative
                        from unnest(s_parcel, s_run, s_metric, s_unit, s_period, s_value) with ordinality as s(parcel, run, metric, unit, period, value, ordinal)
                        where p_open[s.parcel] and p_unit_ids[s.unit] <> 0
                ),
                stated as (
                        select distinct on (s.run, s.unit_id, s.period_from, s.period_to, s.period_type, s.metric)
                                s.run, s.unit_id, s.period_from, s.period_to, s.period_type, p_metric[s.metric] as name, s.value
                        from sample s
                        where exists (select from rule r where r.other = p_metric[s.metric])
                        order by s.run, s.unit_id, s.period_from, s.period_to, s.period_type, s.metric, s.parcel desc, s.ordinal desc
                )
                select s.ordinal, s.parcel, s.value, r.rules,
                        s.period_from as from_on,
                        s.period_to as to_on,
                        concat_ws(' ', s.metric, s.unit_id, s.period_type, case when s.cumulative then s.period_from end) as series,
                        k.value as known_value, k.period_from as known_from, k.period_to as known_to, k.quality as known_quality,
                        case when o.name is not null then o.value else b.value end as other_value
                from sample s
                join rule r on r.parcel = s.parcel and r.metric = s.metric
                left join stated o
                        on o.run = s.run
                        and o.unit_id = s.unit_id
                        and o.period_from = s.period_from
                        and o.period_to = s.period_to
                        and o.period_type = s.period_type
                        and o.name = r.other
                left join lateral (
                        select l.value
                        from registry.metric m
                        join fact.latest l
                                on l.metric_id = m.metric_id
                                and l.unit_id = s.unit_id
                                and l.period_to = s.period_to
                                and l.period_from = s.period_from
                                and l.period_type = s.period_type
                        where m.name = r.other
                ) b on o.name is null
                left join lateral (
                        select l.value, l.period_from, l.period_to, l.quality
                        from fact.latest l
                        where l.metric_id = p_metric_ids[s.metric]
                                and l.unit_id = s.unit_id
                                and l.period_type = s.period_type
                                and l.period_to <= s.period_to
                                and (not s.cumulative or l.period_from = s.period_from)
                                and l.value is not null
                        order by l.period_to desc
                        limit 1
                ) k on true
                where s.value is not null
                        and not (p_guarded[s.parcel] and ingest.is_overruled(p_metric_ids[s.metric], s.unit_id, s.period_to, s.period_from, s.period_type,
                                p_stated[s.run]))
                order by series, to_on, s.parcel, s.ordinal
        loop
                if v_row.series <> v_series then
                        v_series := v_row.series;
                        v_last_to := null;
                end if;
                -- What came before it in this batch is newer than what is stored of the same period.
                if v_last_to is null or v_last_to < v_row.known_to then
                        v_last_value := v_row.known_value;
                        v_last_from := v_row.known_from;
                        v_last_to := v_row.known_to;
                        v_last_found := v_row.known_quality;
                end if;

                v_value := v_last_value;
                v_from := v_last_from;
                v_to := v_last_to;
                v_found := null;
                v_rank := 0;
                v_reason := null;
                if v_to = v_row.to_on and v_from = v_row.from_on and v_value = v_row.value then
                        -- The same figure again: what is believed is not doubted anew, by whomever it was accepted, and what was found of it holds.
                        select string_agg(part, '; ') into v_found
                        from regexp_split_to_table(v_last_found, '; ') as f(part)
                        where part like 'check %: %';
                        v_rank := case when v_found is null then 0 else 1 end;
                        v_row.rules := '[]';
                end if;
                for v_rule in select r.rule from jsonb_array_elements(v_row.rules) as r(rule) loop
                        v_one := ingest.judge_figure(v_rule, v_row.value, v_value, v_to, v_from = v_row.from_on, v_row.other_value);
                        continue when v_one is null;
                        v_found := concat_ws('; ', v_found, v_one);
                        if array_position(array['warn', 'quarantine', 'block'], v_rule ->> 'action') > v_rank then
                                v_rank := array_position(array['warn', 'quarantine', 'block'], v_rule ->> 'action');
                                v_reason := v_rule ->> 'check';
                        end if;
                end loop;
                if v_rank < 2 then
                        v_last_value := v_row.value;
                        v_last_from := v_row.from_on;
                        v_last_to := v_row.to_on;
                        v_last_found := v_found;
                end if;
                if v_rank > 0 then
                        ordinal := v_row.ordinal;
                        parcel := v_row.parcel;
                        action := (array['warn', 'quarantine', 'block'])[v_rank];
                        reason := v_reason;
                        story := v_found;
                        return next;
                end if;
        end loop;
end
$$;
comment on function ingest.judge_samples(jsonb, boolean[], boolean[], timestamptz[], text[], integer[], integer[], date[], date[], boolean[], smallint[],
        integer[], integer[], integer[], integer[], integer[], numeric[]) is
        'What the checks that the runs of a batch carry find: a row for each sample that does not pass, with the strictest action.';

create or replace function ingest.set_aside(p_known_at timestamptz, p_run_id bigint, p_request integer, p_record bigint, p_reason text, p_found text, p_sample jsonb)
returns boolean
language sql
begin atomic
        -- A source that repeats the figure does not fill the quarantine with it.
        with added as (
                insert into ingest.reject (run_id, known_at, request_seq, record_no, reason, field, detail, unit_code, sample)
                select p_run_id, p_known_at, p_request, p_record, p_reason, p_sample ->> 'metric', p_found, p_sample ->> 'unit', p_sample
                where not exists (
                        select
                        from ingest.reject j
                        where j.unit_code = p_sample ->> 'unit'
                                and j.reason = p_reason
                                and j.sample - 'observed_at' = p_sample - 'observed_at'
                                and (j.outcome is null or j.outcome = 'dropped'))
                        -- A retry settles the rejects it was for: what does not pass again must stand as a new one.
                        or exists (select from ingest.run r where r.run_id = p_run_id and r.cause = 'retry')
                returning 1
        )
        select exists (select from added);
end;
comment on function ingest.set_aside(timestamptz, bigint, integer, bigint, text, text, jsonb) is
        'Puts a sample into quarantine, unless the same one waits there or was dropped from it. Whether it did.';

-- Somebody vouches for figures that were set aside. What was stated since, and other kinds of rejects, stay as they are.
create or replace function ingest.accept_rejects(p_ids bigint[], p_connector text, p_reason text, p_unit text, p_by text, p_now timestamptz)
returns table (accepted bigint, overruled bigint, without_figure bigint)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
        v_row record;
        v_metric_id integer;
        v_known_at timestamptz;
        v_connectors text[] := array[]::text[];
begin
        accepted := 0;
        overruled := 0;
        without_figure := 0;
        for v_row in
                select j.reject_id, j.known_at, j.run_id, j.request_seq, j.record_no, j.sample, r.connector,
                        coalesce(r.stated_at, r.started_at) as stated_at, u.unit_id, t.period_type,
                        s.metric, s.period_from, s.period_to, s.value, s.observed_at, s.quality, s.evidence
                from ingest.quarantine(p_ids, p_connector, p_reason, p_unit) q
                join ingest.reject j on j.reject_id = q.reject_id and j.known_at = q.known_at
                left join ingest.run r on r.run_id = j.run_id
                left join lateral jsonb_to_record(j.sample) as s(metric text, unit text, period_kind text, calendar text, period_from date, period_to date,
                        cumulative boolean, value numeric, observed_at timestamptz, quality text, evidence text) on true
                left join registry.unit u on u.code = s.unit
                left join registry.period_type t on t.kind = s.period_kind and t.calendar = s.calendar and t.cumulative = s.cumulative
                order by j.known_at, j.reject_id
        loop
                if v_row.sample is null or v_row.unit_id is null or v_row.period_type is null then
                        without_figure := without_figure + 1;
                        continue;
                end if;
                v_metric_id := (ingest.resolve_metrics(array[v_row.metric]))[1];
                if ingest.is_overruled(v_metric_id, v_row.unit_id, v_row.period_to, v_row.period_from, v_row.period_type, v_row.stated_at) then
                        overruled := overruled + 1;
                        continue;
                end if;
                perform ingest.make_fact_year(extract(year from v_row.period_to)::integer);
                insert into fact.latest as l (known_at, observed_at, metric_id, unit_id, period_from, period_to, period_type, value, quality, evidence)
                values (p_now, v_row.observed_at, v_metric_id, v_row.unit_id, v_row.period_from, v_row.period_to, v_row.period_type, v_row.value,
                        v_row.quality, v_row.evidence)
                on conflict (metric_id, unit_id, period_to, period_from, period_type) do update
                set known_at = greatest(p_now, l.known_at + interval '1 microsecond'),
                        observed_at = excluded.observed_at,
                        value = excluded.value,
                        quality = excluded.quality,
                        evidence = excluded.evidence
                returning l.known_at into v_known_at;
                insert into fact.observation (known_at, observed_at, run_id, record_no, metric_id, unit_id, period_from, period_to, request_seq,
                        period_type, value, quality, evidence)
                values (v_known_at, v_row.observed_at, v_row.run_id, v_row.record_no, v_metric_id, v_row.unit_id, v_row.period_from, v_row.period_to,
                        v_row.request_seq, v_row.period_type, v_row.value, v_row.quality, v_row.evidence);
                insert into comply.dirty (metric_id, unit_id) values (v_metric_id, v_row.unit_id);
                update ingest.reject
                set outcome = 'accepted', settled_at = p_now, settled_by = p_by
                where reject_id = v_row.reject_id and known_at = v_row.known_at;
                accepted := accepted + 1;
                v_connectors := v_connectors || v_row.connector;
        end loop;
        perform ingest.forget_asks(v_connectors);
        return next;
end
$$;
comment on function ingest.accept_rejects(bigint[], text, text, text, text, timestamptz) is
        'Makes figures of samples that were set aside. Those overruled by something stated later, and rejects without a sample, stay in quarantine.';

-- A run that was blocked is known as such to whoever polls the stream by a number that grows; it stands among the cursors of the stream.
create or replace function ingest.block_runs(p_runs jsonb, p_verdicts jsonb, p_known_at timestamptz)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
        v_blocked jsonb;
begin
        with bad as (
                select d.run, d.started_at, d.connector, d.stream, jsonb_agg(v.one order by (v.one ->> 'ordinal')::bigint) as verdicts
                from jsonb_array_elements(p_verdicts) as v(one)
                join jsonb_to_recordset(p_runs) as d(parcel integer, run uuid, started_at timestamptz, connector text, stream text)
                        on d.parcel = (v.one ->> 'parcel')::integer
                where v.one ->> 'action' = 'block'
                group by d.run, d.started_at, d.connector, d.stream
        ),
        told as (
                update ingest.run r
                set blocked = format('%s figures do not pass, the first one: %s: %s', jsonb_array_length(b.verdicts), b.verdicts -> 0 ->> 'reason',
                        b.verdicts -> 0 ->> 'story')
                from bad b
                where r.run = b.run and r.started_at = b.started_at
        ),
        counted as (
                insert into ingest.cursor as c (connector, stream, partition, value, known_at)
                select distinct b.connector, b.stream, 'blocks', '1', p_known_at
                from bad b
                on conflict (connector, stream, partition) do update
                set value = (c.value::bigint + 1)::text, known_at = excluded.known_at
        )
        select coalesce(jsonb_agg(jsonb_build_object('run', b.run, 'verdicts', b.verdicts)), '[]')
        into v_blocked
        from bad b;
        return v_blocked;
end
$$;
comment on function ingest.block_runs(jsonb, jsonb, timestamptz) is 'Marks the runs of which a check blocks a sample. Those runs, with what was found.';

create or replace function ingest.known_blocks(p_runs jsonb, p_n integer)
returns boolean[]
language sql
stable
begin atomic
        select array_agg(x.parcel is null order by p.ordinal)
        from generate_series(1, p_n) as p(ordinal)
        left join (
                select distinct d.parcel
                from jsonb_to_recordset(p_runs) as d(parcel integer, connector text, stream text, blocks bigint, checks jsonb)
                join ingest.cursor c on c.connector = d.connector and c.stream = d.stream and c.partition = 'blocks'
                where d.checks is not null and coalesce(d.blocks, 0) < c.value::bigint
        ) x on x.parcel = p.ordinal;
end;
comment on function ingest.known_blocks(jsonb, integer) is 'Which parcels come from runs that began when the daemon knew of all runs that were blocked.';

create or replace function ingest.notes_of(p_runs jsonb, p_verdicts jsonb, p_fresh boolean[], p_open boolean[])
returns text[]
language sql
stable
begin atomic
        with blocked as (
                select d.parcel, 'blocked: ' || min(r.blocked) as note
                from jsonb_to_recordset(p_runs) as d(parcel integer, run uuid, started_at timestamptz)
                join ingest.run r on r.run = d.run and r.started_at = d.started_at
                where p_fresh[d.parcel] and not p_open[d.parcel]
                group by d.parcel
        ),
        checked as (
                select v.parcel, format('checked: %s figures set aside, %s flagged, the first one: %s', count(*) filter (where v.action = 'quarantine'),
                        count(*) filter (where v.action = 'warn'), (array_agg(v.story order by v.ordinal))[1]) as note
                from jsonb_to_recordset(p_verdicts) as v(ordinal bigint, parcel integer, action text, reason text, story text)
                where v.reason is not null
                group by v.parcel
        )
        select array_agg(coalesce(b.note, c.note) order by p.ordinal)
        from generate_series(1, cardinality(p_fresh)) as p(ordinal)
        left join blocked b on b.parcel = p.ordinal
        left join checked c on c.parcel = p.ordinal and p_open[p.ordinal];
end;
comment on function ingest.notes_of(jsonb, jsonb, boolean[], boolean[]) is 'What checks found in each parcel, in words; null: nothing new.';

create or replace function ingest.fail_blocked(p_runs jsonb, p_cursors jsonb, p_fresh boolean[], p_open boolean[], p_known_at timestamptz)
returns void
language sql
begin atomic
        update ingest.run r
        set state = 'failed',
                failure_class = 'reply',
                failure_retryable = false,
                failure_http_status = null,
                failure_sqlstate = null,
                failure_story = 'blocked by a check: ' || r.blocked
        from jsonb_to_recordset(p_runs) as d(parcel integer, run uuid, started_at timestamptz)
        where p_fresh[d.parcel] and not p_open[d.parcel] and r.run = d.run and r.started_at = d.started_at and r.ended_at is not null
                and not exists (select from ingest.chain c where c.run_id = r.run_id);
        -- An order for past windows is remembered, even when nothing of it could be kept yet.
        insert into ingest.cursor (connector, stream, partition, value, known_at)
        select distinct d.connector, d.stream, d.partition, '-', p_known_at
        from jsonb_to_recordset(p_cursors) as d(parcel integer, connector text, stream text, partition text)
        where p_fresh[d.parcel] and not p_open[d.parcel] and d.partition like 'backfill:%'
        on conflict do nothing;
end;
comment on function ingest.fail_blocked(jsonb, jsonb, boolean[], boolean[], timestamptz) is 'A run that was blocked has failed, whatever the daemon thought when it sent it.';
