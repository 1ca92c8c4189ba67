-- What becomes of the samples of a batch: three ways to the same end. ingest.deliver() takes the cheapest that can be right, and a way that finds it is not
-- the right one raises an error of class 21 or 23 that undoes what it wrote.
--
--   state_new       all of it was never stated: it is put in as it comes, and the keys of the tables find what is not so
--   state_plain     no figure is stated twice in the batch: each is compared with the last belief
--   state_ordered   anything: a figure may be stated several times, may be set aside by a check, may be overruled
--
-- Each returns, parcel by parcel, how many samples were news and how many stated what was believed already. Arrays and what they mean are those of deliver().
--
-- Sets in the list of what is selected go through the arrays in step. In "from", unnest(a, b) makes a table of each array first, which costs several times more.
-- So that PostgreSQL puts it into the query that calls it, it must stay one select, without settings of its own.
create or replace function ingest.samples(
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
        s_record bigint[])
returns table (parcel integer, run integer, metric integer, unit integer, period integer, value numeric, observed_at timestamptz, quality text, evidence text,
        request_seq integer, record_no bigint, ordinal integer)
language sql
immutable
begin atomic
        select unnest(s_parcel), unnest(s_run), unnest(s_metric), unnest(s_unit), unnest(s_period), unnest(s_value), unnest(s_observed_at),
                unnest(s_quality), unnest(s_evidence), unnest(s_request), unnest(s_record), generate_series(1, cardinality(s_parcel));
end;
comment on function ingest.samples(integer[], integer[], integer[], integer[], integer[], numeric[], timestamptz[], text[], text[], integer[], bigint[]) is
        'The samples of a batch as rows, in their order.';

create or replace function ingest.looks_new(
        p_metric_ids integer[],
        p_unit_ids integer[],
        p_period_from date[],
        p_period_to date[],
        p_period_types smallint[],
        s_metric integer[],
        s_unit integer[],
        s_period integer[])
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
        return not exists (
                select
                from generate_series(1, cardinality(s_metric), greatest(cardinality(s_metric) / 32, 1)) as p(i)
                cross join lateral (
                        select
                        from fact.latest n
                        where n.metric_id = p_metric_ids[s_metric[p.i]]
                                and n.unit_id = p_unit_ids[s_unit[p.i]]
                                and n.period_to = p_period_to[s_period[p.i]]
                                and n.period_from = p_period_from[s_period[p.i]]
                                and n.period_type = p_period_types[s_period[p.i]]
                        offset 0) l);
end
$$;
comment on function ingest.looks_new(integer[], integer[], date[], date[], smallint[], integer[], integer[], integer[]) is
        'Whether none of some thirty samples spread over the batch was stated before. A guess that only decides what is tried first.';

create or replace function ingest.state_new(
        p_known_at timestamptz,
        p_parcels bigint[],
        p_open boolean[],
        p_metric_ids integer[],
        p_unit_ids integer[],
        p_period_from date[],
        p_period_to date[],
        p_period_types smallint[],
        p_run_ids bigint[],
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
        out news integer[],
        out same integer[])
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
        insert into fact.observation (known_at, observed_at, run_id, record_no, metric_id, unit_id, period_from, period_to,
                request_seq, period_type, value, quality, evidence)
        select p_known_at, s.observed_at, p_run_ids[s.run], s.record_no, p_metric_ids[s.metric], p_unit_ids[s.unit],
                p_period_from[s.period], p_period_to[s.period], s.request_seq, p_period_types[s.period], s.value, s.quality, s.evidence
        from ingest.samples(s_parcel, s_run, s_metric, s_unit, s_period, s_value, s_observed_at, s_quality, s_evidence, s_request, s_record) s
        where p_open[s.parcel] and p_unit_ids[s.unit] <> 0;

        insert into fact.latest (known_at, observed_at, metric_id, unit_id, period_from, period_to, period_type, value, quality, evidence)
        select p_known_at, s.observed_at, p_metric_ids[s.metric], p_unit_ids[s.unit], p_period_from[s.period], p_period_to[s.period],
                p_period_types[s.period], s.value, s.quality, s.evidence
        from ingest.samples(s_parcel, s_run, s_metric, s_unit, s_period, s_value, s_observed_at, s_quality, s_evidence, s_request, s_record) s
        where p_open[s.parcel] and p_unit_ids[s.unit] <> 0;

        select array_agg(coalesce(c.n, 0) order by p.ordinal), array_fill(0, array[cardinality(p_parcels)])
        into news, same
        from generate_series(1, cardinality(p_parcels)) as p(ordinal)
        left join (
                select s.parcel, count(*)::integer as n
                from (select unnest(s_parcel) as parcel, unnest(s_unit) as unit) s
                where p_open[s.parcel] and p_unit_ids[s.unit] <> 0
                group by s.parcel) c on c.parcel = p.ordinal;

        -- One row says what of it is to be computed: what was never stated before restates nothing.
        insert into comply.dirty (metric_ids, unit_ids)
        select p_metric_ids, array_remove(p_unit_ids, 0)
        where exists (select from unnest(news) as n(one) where n.one > 0);
end
$$;
comment on function ingest.state_new(timestamptz, bigint[], boolean[], integer[], integer[], date[], date[], smallint[], bigint[],
        integer[], integer[], integer[], integer[], integer[], numeric[], timestamptz[], text[], text[], integer[], bigint[]) is
        'Takes in samples of which none was stated before, in the batch or in the tables; unique_violation when one was.';

create or replace function ingest.state_plain(
        p_spool uuid,
        p_known_at timestamptz,
        p_parcels bigint[],
        p_open boolean[],
        p_metric_ids integer[],
        p_unit_ids integer[],
        p_period_from date[],
        p_period_to date[],
        p_period_types smallint[],
        p_run_ids bigint[],
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
        out news integer[],
        out same integer[])
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
        v_repeats boolean;
begin
        with novel_or_changed as materialized (
                select s.*, l.known_at as known_before, greatest(p_known_at, l.known_at + interval '1 microsecond') as known_at
                from (
                        select g.*,
                                p_metric_ids[g.metric] as metric_id,
                                p_unit_ids[g.unit] as unit_id,
                                p_period_to[g.period] as period_to,
                                p_period_from[g.period] as period_from,
                                p_period_types[g.period] as period_type
                        from ingest.samples(s_parcel, s_run, s_metric, s_unit, s_period, s_value, s_observed_at, s_quality, s_evidence, s_request, s_record) g
                        where p_open[g.parcel] and p_unit_ids[g.unit] <> 0
                        offset 0) s
                -- "offset 0" keeps this a lookup for each row.
                left join lateral (
                        select n.metric_id, n.known_at, n.value, n.quality, n.evidence, n.observed_at
                        from fact.latest n
                        where n.metric_id = s.metric_id
                                and n.unit_id = s.unit_id
                                and n.period_to = s.period_to
                                and n.period_from = s.period_from
                                and n.period_type = s.period_type
                        offset 0) l on true
                where l.metric_id is null
                        or s.value is distinct from l.value
                        or s.quality is distinct from l.quality
                        or s.evidence is distinct from l.evidence
                        or (s.observed_at at time zone 'Asia/Ho_Chi_Minh')::date
                                is distinct from (l.observed_at at time zone 'Asia/Ho_Chi_Minh')::date
        ),
        observed as (
                insert into fact.observation (known_at, observed_at, run_id, record_no, metric_id, unit_id, period_from, period_to,
                        request_seq, period_type, value, quality, evidence)
                select b.known_at, b.observed_at, p_run_ids[b.run], b.record_no, b.metric_id, b.unit_id, b.period_from, b.period_to,
                        b.request_seq, b.period_type, b.value, b.quality, b.evidence
                from novel_or_changed b
        ),
        believed as (
                insert into fact.latest as l (known_at, observed_at, metric_id, unit_id, period_from, period_to, period_type,
                        value, quality, evidence)
                select b.known_at, b.observed_at, b.metric_id, b.unit_id, b.period_from, b.period_to, b.period_type,
                        b.value, b.quality, b.evidence
                from novel_or_changed b
                on conflict (metric_id, unit_id, period_to, period_from, period_type) do update
                set known_at = excluded.known_at,
                        observed_at = excluded.observed_at,
                        value = excluded.value,
                        quality = excluded.quality,
                        evidence = excluded.evidence
                where excluded.known_at > l.known_at
        ),
        stated as (
                insert into comply.dirty (metric_ids, unit_ids)
                select array_agg(distinct b.metric_id), array_agg(distinct b.unit_id)
                from novel_or_changed b
                where b.known_before is null
                having count(*) > 0
        ),
        restated as (
                insert into comply.dirty (metric_id, unit_id, known_at)
                select b.metric_id, b.unit_id, min(b.known_at)
                from novel_or_changed b
                where b.known_before is not null
                group by b.metric_id, b.unit_id
        ),
        counted as materialized (
                select s.parcel, s.run, coalesce(n.n, 0) as n_news, s.n - coalesce(n.n, 0) as n_same
                from (
                        select g.parcel, g.run, count(*)::integer as n
                        from (select unnest(s_parcel) as parcel, unnest(s_run) as run, unnest(s_unit) as unit) g
                        where p_open[g.parcel] and p_unit_ids[g.unit] <> 0
                        group by g.parcel, g.run) s
                left join (
                        select b.parcel, b.run, count(*)::integer as n
                        from novel_or_changed b
                        group by b.parcel, b.run) n on n.parcel = s.parcel and n.run = s.run
        ),
        confirmed as (
                insert into fact.confirmed (known_at, run_id, spool, seq, unchanged)
                select p_known_at, p_run_ids[c.run], p_spool, p_parcels[c.parcel], c.n_same
                from counted c
                where c.n_same > 0
        ),
        -- A figure that is news here and stands in the batch twice is one for state_ordered(). Of what was never stated the keys find that.
        changed as (
                select b.metric, b.unit, b.period
                from novel_or_changed b
                where b.known_before is not null
        )
        select array_agg(coalesce(c.n_news, 0) order by p.ordinal),
                array_agg(coalesce(c.n_same, 0) order by p.ordinal),
                exists (select from changed) and exists (
                        select
                        from (
                                -- In the list, where it stays a table that is looked into, and does not become a join in a loop.
                                select g.*, (g.metric, g.unit, g.period) in (select c.metric, c.unit, c.period from changed c) as is_changed
                                from (select unnest(s_metric) as metric, unnest(s_unit) as unit, unnest(s_period) as period) g
                                offset 0) g
                        where g.is_changed
                        group by g.metric, g.unit, g.period
                        having count(*) > 1)
        into news, same, v_repeats
        from generate_series(1, cardinality(p_parcels)) as p(ordinal)
        left join (
                select c.parcel, sum(c.n_news)::integer as n_news, sum(c.n_same)::integer as n_same
                from counted c
                group by c.parcel) c on c.parcel = p.ordinal;
        if v_repeats then
                raise exception 'the batch states a figure several times' using errcode = 'cardinality_violation';
        end if;
end
$$;
comment on function ingest.state_plain(uuid, timestamptz, bigint[], boolean[], integer[], integer[], date[], date[], smallint[], bigint[],
        integer[], integer[], integer[], integer[], integer[], numeric[], timestamptz[], text[], text[], integer[], bigint[]) is
        'Takes in samples that state no figure twice; cardinality_violation or unique_violation when they do.';

create or replace function ingest.state_ordered(
        p_spool uuid,
        p_known_at timestamptz,
        p_parcels bigint[],
        p_open boolean[],
        p_metric_ids integer[],
        p_unit_ids integer[],
        p_period_from date[],
        p_period_to date[],
        p_period_types smallint[],
        p_run_ids bigint[],
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
        p_keep boolean[],
        p_guarded boolean[],
        p_stated timestamptz[],
        out news integer[],
        out same integer[])
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
        with sample as materialized (
                select s.ordinal, s.parcel,
                        p_metric_ids[s.metric] as metric_id,
                        p_unit_ids[s.unit] as unit_id,
                        p_period_to[s.period] as period_to,
                        p_period_from[s.period] as period_from,
                        p_period_types[s.period] as period_type,
                        p_run_ids[s.run] as run_id,
                        s.value, s.observed_at, s.quality, s.evidence, s.request_seq, s.record_no,
                        (s.observed_at at time zone 'Asia/Ho_Chi_Minh')::date as observed_on
                from ingest.samples(s_parcel, s_run, s_metric, s_unit, s_period, s_value, s_observed_at, s_quality, s_evidence, s_request, s_record) s
                where p_open[s.parcel]
                        and p_unit_ids[s.unit] <> 0
                        and (p_keep is null or p_keep[s.ordinal])
                        and (not p_guarded[s.parcel] or not ingest.is_overruled(p_metric_ids[s.metric], p_unit_ids[s.unit], p_period_to[s.period],
                                p_period_from[s.period], p_period_types[s.period], p_stated[s.run]))
        ),
        before as (
                select s.*,
                        row_number() over key as nth,
                        lag(s.value) over key as value_before,
                        lag(s.quality) over key as quality_before,
                        lag(s.evidence) over key as evidence_before,
                        lag(s.observed_on) over key as observed_on_before
                from sample s
                window key as (
                        partition by s.metric_id, s.unit_id, s.period_to, s.period_from, s.period_type
                        order by s.parcel, s.ordinal)
        ),
        judged as materialized (
                select b.*, l.known_at as known_before,
                        case
                        when b.nth = 1 and l.metric_id is null then true
                        when b.nth = 1 then
                                b.value is distinct from l.value
                                or b.quality is distinct from l.quality
                                or b.evidence is distinct from l.evidence
                                or b.observed_on is distinct from (l.observed_at at time zone 'Asia/Ho_Chi_Minh')::date
                        else
                                b.value is distinct from b.value_before
                                or b.quality is distinct from b.quality_before
                                or b.evidence is distinct from b.evidence_before
                                or b.observed_on is distinct from b.observed_on_before
                        end as is_news
                from before b
                -- "offset 0" keeps this a lookup for each row.
                left join lateral (
                        select n.metric_id, n.known_at, n.value, n.quality, n.evidence, n.observed_at
                        from fact.latest n
                        where n.metric_id = b.metric_id
                                and n.unit_id = b.unit_id
                                and n.period_to = b.period_to
                                and n.period_from = b.period_from
                                and n.period_type = b.period_type
                        offset 0) l on true
        ),
        belief as materialized (
                select j.*,
                        greatest(p_known_at, j.known_before + interval '1 microsecond')
                                + (row_number() over key - 1) * interval '1 microsecond' as known_at,
                        lead(j.ordinal) over key is null as is_last
                from judged j
                where j.is_news
                window key as (
                        partition by j.metric_id, j.unit_id, j.period_to, j.period_from, j.period_type
                        order by j.parcel, j.ordinal)
        ),
        observed as (
                insert into fact.observation (known_at, observed_at, run_id, record_no, metric_id, unit_id, period_from, period_to,
                        request_seq, period_type, value, quality, evidence)
                select b.known_at, b.observed_at, b.run_id, b.record_no, b.metric_id, b.unit_id, b.period_from, b.period_to,
                        b.request_seq, b.period_type, b.value, b.quality, b.evidence
                from belief b
        ),
        believed as (
                insert into fact.latest as l (known_at, observed_at, metric_id, unit_id, period_from, period_to, period_type,
                        value, quality, evidence)
                select b.known_at, b.observed_at, b.metric_id, b.unit_id, b.period_from, b.period_to, b.period_type,
                        b.value, b.quality, b.evidence
                from belief b
                where b.is_last
                on conflict (metric_id, unit_id, period_to, period_from, period_type) do update
                set known_at = excluded.known_at,
                        observed_at = excluded.observed_at,
                        value = excluded.value,
                        quality = excluded.quality,
                        evidence = excluded.evidence
                where excluded.known_at > l.known_at
        ),
        restated as (
                insert into comply.dirty (metric_id, unit_id, known_at)
                select b.metric_id, b.unit_id, min(b.known_at)
                from belief b
                group by b.metric_id, b.unit_id
        ),
        confirmed as (
                insert into fact.confirmed (known_at, run_id, spool, seq, unchanged)
                select p_known_at, j.run_id, p_spool, p_parcels[j.parcel], count(*)
                from judged j
                where not j.is_news
                group by j.run_id, j.parcel
        ),
        counted as (
                select j.parcel, count(*) filter (where j.is_news) as news, count(*) filter (where not j.is_news) as same
                from judged j
                group by j.parcel
        )
        select array_agg(coalesce(c.news, 0)::integer order by p.ordinal),
                array_agg(coalesce(c.same, 0)::integer order by p.ordinal)
        into news, same
        from generate_series(1, cardinality(p_parcels)) as p(ordinal)
        left join counted c on c.parcel = p.ordinal;
end
$$;
comment on function ingest.state_ordered(uuid, timestamptz, bigint[], boolean[], integer[], integer[], date[], date[], smallint[], bigint[],
        integer[], integer[], integer[], integer[], integer[], numeric[], timestamptz[], text[], text[], integer[], bigint[],
        boolean[], boolean[], timestamptz[]) is
        'Takes in any samples, one after the other as they stand. p_keep: which samples, null: all. p_guarded: parcels that may be overruled by what the source stated after p_stated, the time of each run.';
