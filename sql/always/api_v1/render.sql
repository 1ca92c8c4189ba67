-- What the verbs of the program print.

create or replace function api_v1.render_compliance(p_format text default 'table', p_campaign text default null, p_unit text default null,
        p_level text default null, p_criterion text default null, p_as_of date default null, p_known_at timestamptz default null)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
        v_campaign text := comply.default_campaign(p_campaign);
        v_as_of date;
        v_rows comply.result[];
begin
        if p_format is null or p_format not in ('table', 'json', 'csv') then
                raise exception 'no format is called %; there are table, json and csv', quote_nullable(p_format) using errcode = '22023';
        end if;
        if v_campaign is null then
                return null;
        end if;
        select array_agg(r)
        into v_rows
        from comply.shown_rows(v_campaign, p_as_of, p_known_at) r
        join registry.criterion c on c.criterion_id = r.criterion_id
        left join registry.unit u on u.unit_id = r.unit_id
        where (p_unit is null or u.code = p_unit)
                and (p_level is null or r.level = p_level)
                and (p_criterion is null or c.code = p_criterion);
        if v_rows is null then
                return null;
        end if;
        v_as_of := comply.default_day(v_campaign, p_as_of);
        return case p_format
                when 'json' then comply.render_json(v_campaign, v_as_of, v_rows)
                when 'csv' then comply.render_csv(v_campaign, v_as_of, v_rows)
                else comply.render_table(v_campaign, v_as_of, v_rows, p_unit is not null or p_criterion is not null)
                end;
end
$$;
comment on function api_v1.render_compliance(text, text, text, text, text, date, timestamptz) is
        'Compliance as text: table, json or csv; null arguments mean all, or the newest. Null when there is nothing to show.';

create or replace function api_v1.render_quarantine(p_format text default 'table', p_connector text default null,
        p_reason text default null, p_unit text default null, p_with_settled boolean default false)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
        if p_format is null or p_format not in ('table', 'json', 'csv') then
                raise exception 'no format is called %; there are table, json and csv', quote_nullable(p_format) using errcode = '22023';
        end if;
        return (
                with shown as (
                        select j.*
                        from api_v1.rejects j
                        where (p_connector is null or j.connector = p_connector)
                                and (p_reason is null or j.reason = p_reason)
                                and (p_unit is null or j.unit_code = p_unit)
                                and (p_with_settled or j.outcome is null)
                        order by j.reject_id desc
                        limit 1000
                )
                select case p_format
                        when 'json' then jsonb_agg(to_jsonb(s) order by s.reject_id)::text
                        when 'csv' then 'reject_id,connector,stream,run,request,record,reason,field,unit_code,system,detail,excerpt' || E'\r\n'
                                || string_agg(concat_ws(',', s.reject_id, comply.csv_cell(s.connector), comply.csv_cell(s.stream), s.run::text,
                                        coalesce(s.request_seq::text, ''), coalesce(s.record_no::text, ''), s.reason, comply.csv_cell(s.field),
                                        comply.csv_cell(s.unit_code), comply.csv_cell(s.system), comply.csv_cell(s.detail), comply.csv_cell(s.excerpt))
                                        || E'\r\n', '' order by s.reject_id)
                        else format(E'%s %s %s %s %s\n', lpad('NUMBER', 8), rpad('STREAM', 28), rpad('REASON', 24), rpad('CODE OR FIELD', 24), 'WHY')
                                || string_agg(rtrim(format('%s %s %s %s %s', lpad(s.reject_id::text, 8),
                                rpad(coalesce(s.connector, '') || '/' || coalesce(s.stream, ''), 28), rpad(s.reason, 24),
                                rpad(coalesce(s.unit_code, s.field, ''), 24), coalesce(s.detail, ''))) || E'\n', '' order by s.reject_id)
                        end
                from shown s);
end
$$;
comment on function api_v1.render_quarantine(text, text, text, text, boolean) is
        'The newest thousand rejects that wait, or all of them, as text: table, json or csv. Null when there are none.';

create or replace function api_v1.render_rejects(p_format text default 'table', p_connector text default null)
returns text
language sql
stable
security definer
begin atomic
        select api_v1.render_quarantine(p_format, p_connector);
end;
comment on function api_v1.render_rejects(text, text) is
        'The newest thousand rejects that wait as text: table, json or csv. Null when there are none.';

create or replace function api_v1.reject(p_reject_id bigint)
returns jsonb
language sql
stable
security definer
begin atomic
        select to_jsonb(j) || jsonb_build_object('request', (
                select jsonb_build_object('ask', q.ask, 'unit', q.unit, 'method', q.method, 'url', q.url, 'status', q.status, 'content_type', q.content_type,
                        'sent_at', q.sent_at, 'sha256', encode(q.sha256, 'hex'), 'size', q.size, 'stored', q.stored)
                from ingest.run r
                join ingest.request q on q.run_id = r.run_id and q.seq = j.request_seq
                where r.run = j.run
                limit 1))
        from api_v1.rejects j
        where j.reject_id = p_reject_id;
end;
comment on function api_v1.reject(bigint) is 'One reject with the request that brought it. Null: no such reject.';

create or replace function api_v1.render_explain(p_format text, p_unit text, p_criterion text, p_campaign text default null, p_as_of date default null,
        p_known_at timestamptz default null)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
        if p_format is null or p_format not in ('text', 'json') then
                raise exception 'no format is called %; there are text and json', quote_nullable(p_format) using errcode = '22023';
        end if;
        return case p_format
                when 'json' then jsonb_pretty(api_v1.explain(p_unit, p_criterion, p_campaign, p_as_of, p_known_at)) || E'\n'
                else comply.render_explanation(api_v1.explain(p_unit, p_criterion, p_campaign, p_as_of, p_known_at))
                end;
end
$$;
comment on function api_v1.render_explain(text, text, text, text, date, timestamptz) is
        'The explanation of a verdict as text: text for people, or the JSON document of explain.';
