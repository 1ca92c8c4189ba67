-- Compliance and rejects as text, for the verbs of the program.

create or replace function comply.csv_cell(p_text text)
returns text
language sql
immutable
begin atomic
        select case
                when p_text ~ '[",\r\n]' then '"' || replace(p_text, '"', '""') || '"'
                else coalesce(p_text, '')
                end;
end;
comment on function comply.csv_cell(text) is 'One cell of a CSV line by RFC 4180.';

-- Half up to two decimals; only what is whole prints as 100.00.
create or replace function comply.shown_value(p_numerator numeric, p_denominator numeric)
returns text
language sql
immutable
begin atomic
        select case
                when p_denominator is null then p_numerator::text
                when p_denominator = 0 then p_numerator || '/0'
                when p_numerator < p_denominator then least(round(100 * p_numerator / p_denominator, 2), 99.99)::text
                else round(100 * p_numerator / p_denominator, 2)::text
                end;
end;
comment on function comply.shown_value(numeric, numeric) is 'Percent for people, or the value itself where there is no denominator.';

create or replace function comply.mark(p_status text)
returns text
language sql
immutable
begin atomic
        select case p_status
                when 'met' then '✓'
                when 'not_met' then '✗'
                when 'overdue' then '!'
                when 'stale' then '~'
                when 'disputed' then '?'
                when 'on_track' then '>'
                when 'at_risk' then '<'
                else ' '
                end;
end;
comment on function comply.mark(text) is 'One sign for a status, for tables.';

create or replace function comply.default_campaign(p_campaign text)
returns text
language sql
stable
begin atomic
        select coalesce(p_campaign, (
                select g.code
                from comply.current n
                join registry.campaign g on g.campaign_id = n.campaign_id
                join comply.snapshot s on s.snapshot_id = n.snapshot_id
                join registry.campaign_version v on v.version_id = s.version_id
                order by v.from_on desc, g.code
                limit 1));
end;
comment on function comply.default_campaign(text) is 'The campaign named, else the one with results that began last.';

create or replace function comply.default_day(p_campaign text, p_as_of date)
returns date
language sql
stable
begin atomic
        select coalesce(p_as_of,
                (
                        select s.as_of
                        from comply.current n
                        join registry.campaign g on g.campaign_id = n.campaign_id and g.code = p_campaign
                        join comply.snapshot s on s.snapshot_id = n.snapshot_id
                ),
                (comply.newest_version(p_campaign)).to_on);
end;
comment on function comply.default_day(text, date) is 'The day named, else that of the stored results, else the last of the campaign.';

-- Asked without a day, the results as stored; with one, computed on the spot.
create or replace function comply.shown_rows(p_campaign text, p_as_of date, p_known_at timestamptz)
returns setof comply.result
language plpgsql
stable
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
declare
        v_version registry.campaign_version;
begin
        if p_as_of is null and p_known_at is null then
                return query
                        select r.*
                        from comply.current n
                        join registry.campaign g on g.campaign_id = n.campaign_id
                        join comply.result r on r.snapshot_id = n.snapshot_id
                        where g.code = p_campaign;
                return;
        end if;
        v_version := comply.newest_version(p_campaign);
        return query select f.* from comply.figures(v_version.version_id, comply.default_day(p_campaign, p_as_of), p_known_at) f;
end
$$;
comment on function comply.shown_rows(text, date, timestamptz) is 'The rows of a campaign that are to be shown.';

create or replace function comply.render_json(p_campaign text, p_as_of date, p_rows comply.result[])
returns text
language sql
stable
begin atomic
        with shown as (
                select r.*, c.code as criterion, c.ordinal, u.code as unit, u.name
                from unnest(p_rows) r
                join registry.criterion c on c.criterion_id = r.criterion_id
                left join registry.unit u on u.unit_id = r.unit_id
        )
        select jsonb_build_object(
                'campaign', p_campaign,
                'as_of', p_as_of,
                'units', (select count(distinct s.unit) from shown s),
                'compliance', (
                        select coalesce(jsonb_agg(jsonb_build_object('unit', s.unit, 'name', s.name, 'level', s.level,
                                'criterion', s.criterion, 'status', s.status, 'numerator', s.numerator, 'denominator', s.denominator,
                                'value', s.value, 'target', s.target, 'reason', s.reason, 'periods_due', s.periods_due,
                                'periods_missing', s.periods_missing, 'prospect', s.prospect)
                                order by s.ordinal, s.level, s.unit), '[]')
                        from shown s
                        where s.scope = 'unit'),
                'levels', (
                        select coalesce(jsonb_agg(jsonb_build_object('level', coalesce(s.level, 'province'), 'criterion', s.criterion,
                                'status', s.status, 'numerator', s.numerator, 'denominator', s.denominator, 'value', s.value,
                                'target', s.target, 'units_counted', s.units_counted, 'units_bound', s.units_bound,
                                'units_passed', s.units_passed,
                                'units_met', (
                                        select count(*)
                                        from shown m
                                        where m.scope = 'unit' and m.criterion_id = s.criterion_id and m.status = 'met'
                                                and (s.level is null or m.level = s.level)))
                                order by s.ordinal, s.level nulls last), '[]')
                        from shown s
                        where s.scope <> 'unit'))::text;
end;
comment on function comply.render_json(text, date, comply.result[]) is 'Compliance as one JSON document.';

create or replace function comply.render_csv(p_campaign text, p_as_of date, p_rows comply.result[])
returns text
language sql
stable
begin atomic
        select 'campaign,as_of,scope,level,unit,name,criterion,status,numerator,denominator,value,target,reason' || E'\r\n'
                || string_agg(concat_ws(',', comply.csv_cell(p_campaign), to_char(p_as_of, 'YYYY-MM-DD'), r.scope,
                        coalesce(r.level, ''), coalesce(u.code, ''), comply.csv_cell(u.name), c.code, r.status,
                        coalesce(r.numerator::text, ''), coalesce(r.denominator::text, ''), coalesce(r.value::text, ''),
                        coalesce(r.target::text, ''), comply.csv_cell(r.reason)) || E'\r\n',
                        '' order by c.ordinal, r.scope desc, r.level nulls last, u.code)
        from unnest(p_rows) r
        join registry.criterion c on c.criterion_id = r.criterion_id
        left join registry.unit u on u.unit_id = r.unit_id;
end;
comment on function comply.render_csv(text, date, comply.result[]) is 'Compliance as CSV with a header line.';

-- Units as lines, criteria as columns: the whole province on a few pages.
create or replace function comply.render_matrix(p_rows comply.result[])
returns text
language sql
stable
begin atomic
        with shown as (
                select r.level, l.title, l.ordinal as place, u.code as unit, u.name, c.code as criterion, c.ordinal,
                        case r.status
                        when 'not_applicable' then '.  '
                        when 'no_data' then 'none  '
                        else comply.shown_value(r.numerator, r.denominator) || ' ' || comply.mark(r.status)
                        end as cell
                from unnest(p_rows) r
                join registry.criterion c on c.criterion_id = r.criterion_id
                join registry.campaign_level l on l.version_id = c.version_id and l.level = r.level
                join registry.unit u on u.unit_id = r.unit_id
                where r.scope = 'unit'
        ),
        line as (
                select s.level, s.title, s.place, s.unit, rtrim(rpad(s.name, 46) || ' ' || string_agg(lpad(s.cell, 9), '' order by s.ordinal)) as text
                from shown s
                group by s.level, s.title, s.place, s.unit, s.name
        ),
        head as (
                select rtrim(rpad('', 47) || string_agg(lpad(h.criterion || '  ', 9), '' order by h.ordinal)) as text
                from (select distinct s.criterion, s.ordinal from shown s) h
        ),
        levels as (
                select l.place, E'\n' || l.level || '  ' || l.title || E'\n' || h.text || E'\n' || string_agg(l.text, E'\n' order by l.unit) || E'\n' as text
                from line l
                cross join head h
                group by l.place, l.level, l.title, h.text
        )
        select string_agg(v.text, '' order by v.place)
                || E'\n  ✓ met   ✗ not met   ! overdue, a figure owed is missing   ~ stale   ? disputed   > on track   < at risk   none: no data   n/0: no figure   .: not applicable\n'
        from levels v;
end;
comment on function comply.render_matrix(comply.result[]) is 'All units against all criteria as a table of fixed width.';

create or replace function comply.render_list(p_rows comply.result[])
returns text
language sql
stable
begin atomic
        select string_agg(rtrim(format('%s %s %s %s %s %s %s',
                rpad(c.code, 7), rpad(u.name, 46),
                lpad(coalesce(r.numerator::text, '-') || case when c.kind in ('flag', 'value') then '' else '/' || coalesce(r.denominator::text, '-') end, 14),
                lpad(coalesce(comply.shown_value(r.numerator, r.denominator), '-'), 8),
                lpad(coalesce(r.target::text, '-'), 6),
                rpad(r.status, 14),
                coalesce(r.reason, case when r.periods_missing > 0 then format('%s missing', r.periods_missing) end, ''))) || E'\n',
                '' order by c.ordinal, l.ordinal, u.code)
        from unnest(p_rows) r
        join registry.criterion c on c.criterion_id = r.criterion_id
        join registry.campaign_level l on l.version_id = c.version_id and l.level = r.level
        join registry.unit u on u.unit_id = r.unit_id
        where r.scope = 'unit';
end;
comment on function comply.render_list(comply.result[]) is 'One line per unit and criterion, with counts and reasons.';

create or replace function comply.render_levels(p_rows comply.result[])
returns text
language sql
stable
begin atomic
        with named as (
                -- The province is called by the code of the unit that stands for the whole.
                select r.*, c.code, c.ordinal, l.ordinal as place, coalesce(r.level, p.code) as name,
                        greatest(5, max(length(coalesce(r.level, p.code))) over ()) as width
                from unnest(p_rows) r
                join registry.criterion c on c.criterion_id = r.criterion_id
                join registry.campaign_version v on v.version_id = c.version_id
                join registry.unit p on p.unit_id = v.province_id
                left join registry.campaign_level l on l.version_id = c.version_id and l.level = r.level
                where r.scope <> 'unit'
        ),
        line as (
                select r.ordinal, r.place, r.width, format('%s %s %s %s %s %s %s',
                        rpad(r.code, 7), rpad(r.name, r.width),
                        lpad(coalesce(r.numerator::text, '-') || coalesce('/' || r.denominator::text, ''), 16),
                        lpad(coalesce(comply.shown_value(r.numerator, r.denominator), '-'), 8),
                        lpad(coalesce(r.target::text, '-'), 6),
                        rpad(r.status, 10),
                        case when r.units_bound is not null then format('%s of %s units, %s met', r.units_counted, r.units_bound, (
                                select count(*)
                                from unnest(p_rows) m
                                where m.scope = 'unit' and m.criterion_id = r.criterion_id and m.status = 'met'
                                        and (r.level is null or m.level = r.level))) end) as text
                from named r
        )
        select E'\n' || format('%s %s %s %s %s %s %s', rpad('', 7), rpad('', max(l.width)), lpad('count', 16), lpad('value', 8), lpad('target', 6),
                rpad('status', 10), 'with a figure') || E'\n'
                || string_agg(rtrim(l.text) || E'\n', '' order by l.ordinal, l.place nulls last)
        from line l;
end;
comment on function comply.render_levels(comply.result[]) is 'One line per criterion and level, the province last.';

create or replace function comply.render_table(p_campaign text, p_as_of date, p_rows comply.result[], p_as_list boolean)
returns text
language sql
stable
begin atomic
        select v.title || E'\n' || format('%s, tính đến ngày %s', p_campaign, to_char(p_as_of, 'DD/MM/YYYY')) || E'\n'
                || coalesce(case when p_as_list then E'\n' || comply.render_list(p_rows) else comply.render_matrix(p_rows) end, '')
                || coalesce(comply.render_levels(p_rows), '')
        from comply.newest_version(p_campaign) v;
end;
comment on function comply.render_table(text, date, comply.result[], boolean) is 'Compliance as text of fixed width for people.';
