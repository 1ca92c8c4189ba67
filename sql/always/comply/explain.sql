-- Why a figure is what it is: from the verdict down to the payload.

-- A head may end within a letter, and need not be text at all.
create or replace function comply.shown_head(p_head bytea)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
        for v_cut in 0 .. least(3, length(p_head) - 1) loop
                begin
                        return convert_from(substr(p_head, 1, length(p_head) - v_cut), 'UTF8');
                exception
                        when character_not_in_repertoire or untranslatable_character then
                                null;
                end;
        end loop;
        return encode(p_head, 'escape');
end
$$;
comment on function comply.shown_head(bytea) is 'The beginning of a reply as text, as far as it is text.';

create or replace function comply.where_from(p_metric_id integer, p_unit_id integer, p_period_type smallint, p_period_from date,
        p_period_to date, p_known_at timestamptz)
returns jsonb
language sql
stable
begin atomic
        select jsonb_build_object(
                'connector', r.connector,
                'stream', r.stream,
                'run', r.run,
                'slot_at', r.slot_at,
                'request', case when q.run_id is not null then jsonb_build_object(
                        'seq', q.seq, 'method', q.method, 'url', q.url, 'status', q.status, 'sent_at', q.sent_at) end,
                'record', o.record_no,
                'payload_sha256', encode(q.sha256, 'hex'),
                'payload_stored', q.stored,
                'reply_headers', q.reply_headers)
                || case when q.head is null then '{}' else jsonb_build_object('payload_head', comply.shown_head(q.head)) end
                || case when q.withheld then '{"payload_withheld": true}'::jsonb else '{}' end
        from fact.observation o
        join ingest.run r on r.run_id = o.run_id
        left join ingest.request q on q.run_id = o.run_id and q.seq = o.request_seq
        where o.metric_id = p_metric_id
                and o.unit_id = p_unit_id
                and o.period_to = p_period_to
                and o.period_from = p_period_from
                and o.period_type = p_period_type
                and o.known_at = p_known_at;
end;
comment on function comply.where_from(integer, integer, smallint, date, date, timestamptz) is
        'Run, request, record and payload of one observation.';

create or replace function comply.explain_statements(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criterion_id integer,
        p_unit_id integer)
returns jsonb
language sql
stable
begin atomic
        with used as (
                select p.contributor_id, p.period_type, p.period_from, p.period_to, p.is_used
                from comply.periods_used(p_version_id, p_as_of, p_known_at, array[p_criterion_id], array[p_unit_id]) p
        ),
        statement as (
                select s.*, coalesce(u.is_used, false) as is_used,
                        row_number() over (
                                partition by s.item
                                order by s.value is null, s.period_to desc, s.period_type, s.period_from desc) as nth
                from comply.statements(p_version_id, p_as_of, p_known_at, array[p_criterion_id], array[p_unit_id]) s
                left join used u
                        on u.contributor_id = s.contributor_id
                        and u.period_type = s.period_type
                        and u.period_from = s.period_from
                        and u.period_to = s.period_to
        ),
        traced as (
                select s.*, comply.where_from(s.metric_id, s.contributor_id, s.period_type, s.period_from, s.period_to, s.known_at) as source,
                        case when s.role = 'item' then s.nth = 1 and s.value is not null else s.is_used end as is_shown,
                        row_number() over (partition by s.role, s.is_used order by s.period_to desc, s.period_from desc, s.known_at desc) = 1 as is_newest
                from statement s
        )
        select coalesce(jsonb_agg(jsonb_build_object(
                'metric', m.name,
                'role', s.role,
                'item', s.item,
                'unit', n.code,
                'period_kind', t.kind,
                'calendar', t.calendar,
                'cumulative', t.cumulative,
                'period_from', s.period_from,
                'period_to', s.period_to,
                'value', s.value,
                'used', s.is_shown,
                'observed_at', s.observed_at,
                'known_at', s.known_at,
                'quality', s.quality,
                'evidence', s.evidence,
                'source', s.source)
                -- Unpacking a body takes time: of each part the newest figure is looked up, api_v1.excerpt() finds the others.
                || case when s.is_shown and s.is_newest and s.value is not null then jsonb_build_object('excerpt',
                        comply.stored_excerpt(decode(s.source ->> 'payload_sha256', 'hex'), (s.source ->> 'record')::bigint, s.value)) else '{}' end
                order by s.period_to, s.period_from, n.code, s.role desc, s.item, m.name), '[]')
        from traced s
        join registry.metric m on m.metric_id = s.metric_id
        join registry.unit n on n.unit_id = s.contributor_id
        join registry.period_type t on t.period_type = s.period_type;
end;
comment on function comply.explain_statements(integer, date, timestamptz, integer, integer) is
        'Every belief about a figure, whether it is used, and where it came from.';

create or replace function comply.explain_missing(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criterion_id integer,
        p_unit_id integer)
returns jsonb
language sql
stable
begin atomic
        select coalesce(jsonb_agg(jsonb_build_object('unit', n.code, 'period_from', o.period_from, 'period_to', o.period_to)
                order by o.period_to, n.code), '[]')
        from comply.periods_expected(p_version_id, p_as_of, array[p_criterion_id], array[p_unit_id]) o
        join registry.unit n on n.unit_id = o.contributor_id
        where o.is_owed and not exists (
                select
                from comply.period_figures(p_version_id, p_as_of, p_known_at, array[p_criterion_id], array[p_unit_id]) f
                where f.contributor_id = o.contributor_id
                        and f.period_from = o.period_from
                        and f.period_to = o.period_to
                        and f.is_complete);
end;
comment on function comply.explain_missing(integer, date, timestamptz, integer, integer) is
        'Periods that are owed and not there.';

create or replace function comply.explain_units(p_version_id integer, p_as_of date, p_known_at timestamptz, p_criterion_id integer)
returns jsonb
language sql
stable
begin atomic
        select coalesce(jsonb_agg(jsonb_build_object('unit', u.code, 'level', r.level, 'status', r.status, 'numerator', r.numerator,
                'denominator', r.denominator) order by r.level, u.code), '[]')
        from comply.unit_rows(p_version_id, p_as_of, p_known_at, array[p_criterion_id], null) r
        join registry.unit u on u.unit_id = r.unit_id
        where r.scope = 'unit'
                and r.status <> 'not_applicable';
end;
comment on function comply.explain_units(integer, date, timestamptz, integer) is 'The units that a province''s figure is made of.';

create or replace function comply.explain_criterion(p_criterion_id integer)
returns jsonb
language sql
stable
begin atomic
        select jsonb_build_object('criterion', c.code, 'title', c.title, 'kind', c.kind, 'period', c.period, 'calendar', c.calendar,
                'accumulate', c.accumulate, 'province', c.province, 'min_coverage', c.min_coverage, 'direction', c.direction, 'due_after', c.due_after,
                'stale_after', c.stale_after, 'carry', c.carry, 'exclude', c.exclude, 'legal_basis', c.legal_basis,
                'certainty', c.certainty, 'note', c.note)
        from registry.criterion c
        where c.criterion_id = p_criterion_id;
end;
comment on function comply.explain_criterion(integer) is 'The rule of a criterion.';

create or replace function comply.explain(p_unit text, p_criterion text, p_campaign text, p_as_of date, p_known_at timestamptz)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
        v_version registry.campaign_version := comply.newest_version(p_campaign);
        v_as_of date := comply.default_day(p_campaign, p_as_of);
        v_unit_id integer := registry.unit_id_of(p_unit, 'explain');
        v_criterion registry.criterion;
        v_row comply.result;
begin
        select c.* into v_criterion from registry.criterion c where c.version_id = v_version.version_id and c.code = p_criterion;
        if not found then
                raise exception 'campaign % has no criterion %', p_campaign, quote_literal(p_criterion) using errcode = '22023';
        end if;
        if v_unit_id = v_version.province_id and v_criterion.province <> 'own' then
                select f.* into v_row
                from comply.roll_up(v_version.version_id, v_as_of, (
                        select array_agg(r)
                        from comply.unit_rows(v_version.version_id, v_as_of, p_known_at, array[v_criterion.criterion_id], null) r)) f
                where f.scope = 'province';
        else
                select r.* into v_row
                from comply.unit_rows(v_version.version_id, v_as_of, p_known_at, array[v_criterion.criterion_id], array[v_unit_id]) r;
        end if;
        if not found then
                raise exception 'campaign % has no figure of % for criterion % on %', p_campaign, p_unit, p_criterion,
                        to_char(v_as_of, 'YYYY-MM-DD')
                        using errcode = '22023';
        end if;
        return jsonb_build_object(
                'campaign', p_campaign,
                'version', v_version.version,
                'as_of', v_as_of,
                'known_at', p_known_at,
                'unit', p_unit,
                'unit_name', (select u.name from registry.unit u where u.unit_id = v_unit_id),
                'level', v_row.level,
                'status', v_row.status,
                'prospect', v_row.prospect,
                'reason', v_row.reason,
                'numerator', v_row.numerator,
                'denominator', v_row.denominator,
                'value', v_row.value,
                'target', v_row.target,
                'periods_due', v_row.periods_due,
                'periods_missing', v_row.periods_missing,
                'observed_at', v_row.observed_at,
                'rule', comply.explain_criterion(v_criterion.criterion_id))
                || case
                when v_unit_id = v_version.province_id and v_criterion.province <> 'own' then jsonb_build_object(
                        'units_bound', v_row.units_bound,
                        'units_counted', v_row.units_counted,
                        'units_passed', v_row.units_passed,
                        'units', comply.explain_units(v_version.version_id, v_as_of, p_known_at, v_criterion.criterion_id))
                else jsonb_build_object(
                        'carried_from', (
                                select coalesce(jsonb_agg(n.code order by n.code), '[]')
                                from comply.sources(v_version.version_id, v_as_of, array[v_criterion.criterion_id], array[v_unit_id]) s
                                join registry.unit n on n.unit_id = s.contributor_id
                                where s.contributor_id <> v_unit_id),
                        'missing', comply.explain_missing(v_version.version_id, v_as_of, p_known_at, v_criterion.criterion_id, v_unit_id),
                        'statements', comply.explain_statements(v_version.version_id, v_as_of, p_known_at, v_criterion.criterion_id, v_unit_id))
                end;
end
$$;
comment on function comply.explain(text, text, text, date, timestamptz) is
        'Verdict, rule, figure, what is missing, and every statement with its way back to the payload.';
