-- Restated figures of closed periods: found among what a delivery dirtied, and told once.

create or replace function comply.note_restated(p_metrics integer[], p_units integer[], p_known_at timestamptz[], p_now timestamptz)
returns integer
language plpgsql
set search_path = ''
as $$
declare
        v_count integer;
begin
        insert into comply.restated (noticed_at, metric_id, unit_id, period_type, period_from, period_to, known_before, known_at, value_before,
                value, run_id)
        select p_now, o.metric_id, o.unit_id, o.period_type, o.period_from, o.period_to, b.known_at, o.known_at, b.value, o.value, o.run_id
        from (
                select d.metric_id, d.unit_id, min(d.known_at) as known_at
                from unnest(p_metrics, p_units, p_known_at) as d(metric_id, unit_id, known_at)
                where d.known_at is not null
                group by d.metric_id, d.unit_id
        ) d
        cross join lateral (
                select o.*
                from fact.observation o
                where o.metric_id = d.metric_id
                        and o.unit_id = d.unit_id
                        and o.known_at >= d.known_at
                        -- The day a period ends on is still part of it.
                        and o.period_to < (o.known_at at time zone 'Asia/Ho_Chi_Minh')::date
        ) o
        cross join lateral (
                select b.known_at, b.value
                from fact.observation b
                where b.metric_id = o.metric_id
                        and b.unit_id = o.unit_id
                        and b.period_to = o.period_to
                        and b.period_from = o.period_from
                        and b.period_type = o.period_type
                        and b.known_at < o.known_at
                order by b.known_at desc
                limit 1
        ) b
        -- A source that says the same at another time, or on other evidence, has not restated its figure.
        where b.value is distinct from o.value
        order by o.known_at, o.metric_id, o.unit_id, o.period_to
        on conflict on constraint restated_figure_known_at_uq do nothing;
        get diagnostics v_count = row_count;
        if v_count > 0 then
                perform pg_notify('thidua_restated', v_count::text);
        end if;
        return v_count;
end
$$;
comment on function comply.note_restated(integer[], integer[], timestamptz[], timestamptz) is
        'Writes down which figures of closed periods became others since, and notifies channel thidua_restated.';

create or replace function comply.tell_restated(p_limit integer, p_now timestamptz default now())
returns table (total bigint, metric text, unit text, period_from date, period_to date, value_before text, value text, connector text,
        stream text, run text)
language sql
security definer
begin atomic
        with told as (
                update comply.restated r
                set told_at = p_now
                where r.told_at is null
                returning r.*
        )
        select count(*) over (), m.name, u.code, t.period_from, t.period_to, coalesce(t.value_before::text, 'none'), coalesce(t.value::text, 'none'),
                n.connector, n.stream, n.run::text
        from told t
        join registry.metric m on m.metric_id = t.metric_id
        join registry.unit u on u.unit_id = t.unit_id
        left join ingest.run n on n.run_id = t.run_id
        order by t.restated_id
        limit p_limit;
end;
comment on function comply.tell_restated(integer, timestamptz) is
        'Takes what no journal has told yet: how many figures, and the first of them.';
