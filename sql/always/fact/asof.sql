-- What was believed: the one way in which figures are read.

create or replace function fact.believed(p_metric_id integer, p_unit_id integer, p_from date, p_to date, p_known_at timestamptz)
returns table (period_type smallint, period_from date, period_to date, value numeric, observed_at timestamptz, known_at timestamptz,
        quality text, evidence text)
language sql
stable
parallel safe
begin atomic
        select l.period_type, l.period_from, l.period_to, l.value, l.observed_at, l.known_at, l.quality, l.evidence
        from fact.latest l
        where p_known_at is null
                and l.metric_id = p_metric_id
                and l.unit_id = p_unit_id
                and l.period_to between p_from and p_to
        union all
        (
                select distinct on (o.period_to, o.period_from, o.period_type)
                        o.period_type, o.period_from, o.period_to, o.value, o.observed_at, o.known_at, o.quality, o.evidence
                from fact.observation o
                where p_known_at is not null
                        and o.metric_id = p_metric_id
                        and o.unit_id = p_unit_id
                        and o.period_to between p_from and p_to
                        and o.known_at <= p_known_at
                order by o.period_to, o.period_from, o.period_type, o.known_at desc
        );
end;
comment on function fact.believed(integer, integer, date, date, timestamptz) is
        'The beliefs about one metric of one unit whose period ends in p_from..p_to: as of p_known_at, or the newest when that is null.';

create or replace function fact.beliefs(p_metrics integer[], p_units integer[], p_from date, p_to date, p_known_at timestamptz)
returns table (metric_id integer, unit_id integer, period_type smallint, period_from date, period_to date, value numeric, observed_at timestamptz,
        known_at timestamptz, quality text, evidence text)
language sql
stable
parallel safe
begin atomic
        select l.metric_id, l.unit_id, l.period_type, l.period_from, l.period_to, l.value, l.observed_at, l.known_at, l.quality, l.evidence
        from fact.latest l
        where p_known_at is null
                and l.metric_id = any (p_metrics)
                and l.unit_id = any (p_units)
                and l.period_to between p_from and p_to
        union all
        (
                select distinct on (o.metric_id, o.unit_id, o.period_to, o.period_from, o.period_type)
                        o.metric_id, o.unit_id, o.period_type, o.period_from, o.period_to, o.value, o.observed_at, o.known_at, o.quality, o.evidence
                from fact.observation o
                where p_known_at is not null
                        and o.metric_id = any (p_metrics)
                        and o.unit_id = any (p_units)
                        and o.period_to between p_from and p_to
                        and o.known_at <= p_known_at
                order by o.metric_id, o.unit_id, o.period_to, o.period_from, o.period_type, o.known_at desc
        );
end;
comment on function fact.beliefs(integer[], integer[], date, date, timestamptz) is
        'The beliefs about some metrics of some units whose period ends in p_from..p_to: as of p_known_at, or the newest when that is null.';

create or replace function fact.first_stated(p_metric_id integer, p_unit_id integer, p_period_from date, p_period_to date, p_period_type smallint,
        p_known_at timestamptz)
returns table (observed_at timestamptz, known_at timestamptz)
language sql
stable
parallel safe
begin atomic
        select o.observed_at, o.known_at
        from fact.observation o
        where o.metric_id = p_metric_id
                and o.unit_id = p_unit_id
                and o.period_to = p_period_to
                and o.period_from = p_period_from
                and o.period_type = p_period_type
                and o.value is not null
                and (p_known_at is null or o.known_at <= p_known_at)
        order by o.known_at
        limit 1;
end;
comment on function fact.first_stated(integer, integer, date, date, smallint, timestamptz) is
        'When a figure was stated for the first time, by the source''s own time and by ours; later restatements do not move it.';
