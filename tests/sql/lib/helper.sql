-- Short words for the tests: state a figure, refresh, read a verdict. Loaded once into the test database by run.sh.

create schema try;
comment on schema try is 'Helpers of the pgTAP files.';

-- One delivery of parallel samples by one run that ends well.
create function try.deliver(p_metric text[], p_unit text[], p_from date[], p_to date[], p_value numeric[],
        p_kind text default 'month', p_calendar text default 'calendar', p_cumulative boolean default false,
        p_known_at timestamptz default '2024-12-13 08:00+07', p_observed_at timestamptz default null, p_quality text default null,
        p_evidence text default null, p_spool uuid default gen_random_uuid(), p_seq bigint default 1)
returns table (outcome text, observations integer, unchanged integer)
language sql
as $$
        with run (run) as (
                select gen_random_uuid()
        )
        select d.outcome, d.observations, d.unchanged
        from run, ingest.deliver(
                p_spool, p_known_at, array[p_seq],
                jsonb_build_array(jsonb_build_object('parcel', 1, 'run', run.run, 'connector', 'try', 'stream', 'try',
                        'slot_at', '2024-12-13T00:00:00Z', 'started_at', '2024-12-13T00:00:00Z', 'ended_at', '2024-12-13T00:00:01Z',
                        'instance', 'test', 'setup', repeat('0', 64), 'state', 'ok', 'pages', 1, 'records', cardinality(p_value),
                        'samples', cardinality(p_value), 'rejects', 0)),
                jsonb_build_array(jsonb_build_object('parcel', 1, 'run', run.run, 'seq', 1, 'method', 'GET', 'url', 'http://source/figures',
                        'status', 200, 'content_type', 'application/json', 'sent_at', '2024-12-13T00:00:00Z', 'took_us', 1200,
                        'sha256', repeat('ab', 32), 'size', 2, 'stored', true)),
                array[decode(repeat('ab', 32), 'hex')], array['\x78'::bytea], array[2::bigint],
                p_metric, p_unit,
                (select array_agg(p_kind) from unnest(p_to)), (select array_agg(p_calendar) from unnest(p_to)), p_from, p_to,
                (select array_agg(p_cumulative) from unnest(p_to)),
                array[run.run],
                (select array_agg(1) from unnest(p_value)), (select array_agg(1) from unnest(p_value)),
                -- Where a name stands several times, its first place is its number.
                (select array_agg(array_position(p_metric, p_metric[i]) order by i) from generate_subscripts(p_value, 1) i),
                (select array_agg(array_position(p_unit, p_unit[i]) order by i) from generate_subscripts(p_value, 1) i),
                (select array_agg(x.n order by x.i) from (
                        select i, min(j) as n from generate_subscripts(p_value, 1) i join generate_subscripts(p_value, 1) j on p_from[i] = p_from[j] and p_to[i] = p_to[j]
                        group by i) x),
                p_value,
                (select array_agg(p_observed_at) from unnest(p_value)), (select array_agg(p_quality) from unnest(p_value)),
                (select array_agg(p_evidence) from unnest(p_value)), (select array_agg(1) from unnest(p_value)),
                (select array_agg(i::bigint) from generate_subscripts(p_value, 1) i),
                '[]', '[]') d
$$;

-- A figure for each month of 2024 from January on. A null in the list: nothing came for that month.
create function try.months(p_unit text, p_metric text, variadic p_values numeric[])
returns void
language sql
as $$
        select try.deliver(array_agg(p_metric), array_agg(p_unit), array_agg(make_date(2024, m::integer, 1)),
                array_agg((make_date(2024, m::integer, 1) + interval '1 month')::date - 1), array_agg(v))
        from unnest(p_values) with ordinality as x(v, m)
        where v is not null
$$;

-- The same for reporting months from the 15th to the 14th.
create function try.reporting_months(p_unit text, p_metric text, variadic p_values numeric[])
returns void
language sql
as $$
        select try.deliver(array_agg(p_metric), array_agg(p_unit),
                array_agg((make_date(2024, m::integer, 15) - interval '1 month')::date), array_agg(make_date(2024, m::integer, 14)),
                array_agg(v), p_calendar => '15-14')
        from unnest(p_values) with ordinality as x(v, m)
        where v is not null
$$;

-- One figure of one period; a null value is delivered as null.
create function try.month(p_unit text, p_metric text, p_month integer, p_value numeric, p_observed_at timestamptz default null,
        p_known_at timestamptz default '2024-12-13 08:00+07', p_quality text default null)
returns void
language sql
as $$
        select try.deliver(array[p_metric], array[p_unit], array[make_date(2024, p_month, 1)],
                array[(make_date(2024, p_month, 1) + interval '1 month')::date - 1], array[p_value], p_observed_at => p_observed_at,
                p_known_at => p_known_at, p_quality => p_quality)
$$;

create function try.state(p_unit text, p_metric text, p_value numeric, p_day date default '2024-11-30', p_quality text default null)
returns void
language sql
as $$
        select try.deliver(array[p_metric], array[p_unit], array[p_day], array[p_day], array[p_value], 'day', p_quality => p_quality)
$$;

create function try.year_to_date(p_unit text, p_metric text, p_value numeric, p_day date default '2024-11-30')
returns void
language sql
as $$
        select try.deliver(array[p_metric], array[p_unit], array[date '2024-01-01'], array[p_day], array[p_value], 'year',
                p_cumulative => true)
$$;

create function try.refresh(p_day date default '2024-12-13')
returns void
language sql
as $$
        select comply.refresh((p_day + time '12:00') at time zone 'Asia/Ho_Chi_Minh')
$$;

-- "status numerator/denominator > target": what a test compares. A dash where there is nothing.
create function try.shown(p_status text, p_numerator numeric, p_denominator numeric, p_target numeric)
returns text
language sql
as $$
        select format('%s %s/%s > %s', p_status, coalesce(p_numerator::text, '-'), coalesce(p_denominator::text, '-'),
                coalesce(p_target::text, '-'))
$$;

create function try.unit(p_unit text, p_criterion text)
returns text
language sql
as $$
        select try.shown(c.status, c.numerator, c.denominator, c.target)
        from api_v1.compliance c
        where c.campaign = 'ninh-thuan-2024' and c.unit = p_unit and c.criterion = p_criterion
$$;

-- Level, or the province when p_level is null, with "counted of bound" units.
create function try.level(p_level text, p_criterion text)
returns text
language sql
as $$
        select try.shown(c.status, c.numerator, c.denominator, c.target)
                || case when c.units_bound is null then '' else format(', %s of %s', c.units_counted, c.units_bound) end
        from api_v1.compliance_levels c
        where c.campaign = 'ninh-thuan-2024' and c.level is not distinct from p_level and c.criterion = p_criterion
$$;
