-- Partitions: made ahead of time by make_partitions(), and by deliver() for whatever comes unexpectedly.

-- The new table is made apart and then attached, since CREATE TABLE ... PARTITION OF would lock out every reader of the parent.
create or replace function ingest.make_partition(p_parent text, p_name text, p_from text, p_to text)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
        if to_regclass(p_name) is not null then
                return false;
        end if;
        -- By the parent, which attaching locks anyway: two that make several each, in the same order of parents, then never wait for each other in a circle.
        perform pg_advisory_xact_lock(hashtextextended('thidua.partition.' || p_parent, 0));
        -- Not to_regclass() again: it remembers in this session that there was none, and waiting for the lock does not make it look anew.
        if exists (
                select from pg_catalog.pg_class c
                where c.relnamespace = to_regnamespace(split_part(p_name, '.', 1)) and c.relname = split_part(p_name, '.', 2)
        ) then
                return false;
        end if;
        execute format('create table %s (like %s including all excluding identity)', p_name, p_parent);
        execute format('alter table %s attach partition %s for values from (%L) to (%L)', p_parent, p_name, p_from, p_to);
        return true;
end
$$;
comment on function ingest.make_partition(text, text, text, text) is
        'Makes and attaches one partition unless it is there; true when it was made.';

create or replace function ingest.make_fact_year(p_year integer)
returns integer
language plpgsql
set search_path = ''
as $$
declare
        v_parent text;
        v_made integer := 0;
begin
        if p_year not between 2000 and 2100 then
                raise exception 'a period that ends in the year % is beyond what is kept (2000 to 2100)', p_year
                        using errcode = '22008';
        end if;
        foreach v_parent in array array['fact.observation', 'fact.latest'] loop
                v_made := v_made + ingest.make_partition(v_parent, format('%s_y%s', v_parent, p_year),
                        format('%s-01-01', p_year), format('%s-01-01', p_year + 1))::integer;
        end loop;
        return v_made;
end
$$;
comment on function ingest.make_fact_year(integer) is 'Makes the partitions of facts whose period ends in that year.';

create or replace function ingest.make_month(p_month date)
returns integer
language plpgsql
set search_path = ''
as $$
declare
        v_parent text;
        v_next date := p_month + interval '1 month';
        v_made integer := 0;
begin
        if extract(year from p_month) not between 2000 and 2100 then
                raise exception 'an instant in the month % is beyond what is kept (2000 to 2100)', p_month using errcode = '22008';
        end if;
        foreach v_parent in array array['ingest.run', 'ingest.request', 'ingest.reject', 'fact.confirmed'] loop
                v_made := v_made + ingest.make_partition(v_parent, format('%s_m%s', v_parent, to_char(p_month, 'YYYYMM')),
                        p_month || ' 00:00+00', v_next || ' 00:00+00')::integer;
        end loop;
        return v_made + ingest.make_partition('ingest.payload', format('ingest.payload_m%s', to_char(p_month, 'YYYYMM')),
                p_month::text, v_next::text)::integer;
end
$$;
comment on function ingest.make_month(date) is 'Makes the partitions of runs, requests, rejects, payloads and confirmations of one month (UTC).';

create or replace function ingest.make_partitions(p_now timestamptz default now())
returns integer
language plpgsql
security definer
set search_path = ''
set datestyle = 'ISO'
as $$
declare
        v_made integer := 0;
        v_month date := date_trunc('month', p_now at time zone 'UTC');
begin
        for v_ahead in 0..2 loop
                v_made := v_made + ingest.make_month((v_month + v_ahead * interval '1 month')::date);
        end loop;
        for v_ahead in -1..1 loop
                v_made := v_made + ingest.make_fact_year(extract(year from v_month)::integer + v_ahead);
        end loop;
        return v_made;
end
$$;
comment on function ingest.make_partitions(timestamptz) is
        'Makes the partitions of this month and two more, and of the years around p_now. Returns how many were made.';
