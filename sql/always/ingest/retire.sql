-- Retention: whole partitions are dropped, rows never deleted.

create or replace function ingest.retire(p_keep jsonb, p_now timestamptz default now())
returns integer
language plpgsql
security definer
set search_path = ''
set datestyle = 'ISO'
set timezone = 'UTC'
set lock_timeout = '5s'
as $$
declare
        v record;
        v_retired integer := 0;
begin
        for v in
                with class (name, parent) as (
                        values ('facts', 'fact.observation'), ('facts', 'fact.latest'), ('payloads', 'ingest.payload'), ('runs', 'ingest.run'),
                                ('runs', 'ingest.request'), ('runs', 'fact.confirmed'), ('quarantine', 'ingest.reject')
                ),
                part as (
                        select k.parent, i.inhrelid::regclass::text as name, (p_keep ->> k.name)::integer as months,
                                substring(c.relname from '_y([0-9]{4})$') as in_year, substring(c.relname from '_m([0-9]{6})$') as in_month
                        from class k
                        join pg_catalog.pg_inherits i on i.inhparent = k.parent::regclass
                        join pg_catalog.pg_class c on c.oid = i.inhrelid
                        where (p_keep ->> k.name)::integer > 0
                ),
                span as (
                        select p.parent, p.name, p.months,
                                coalesce(to_date(p.in_month, 'YYYYMM'), make_date(p.in_year::integer, 1, 1)) as from_on,
                                (coalesce(to_date(p.in_month, 'YYYYMM') + interval '1 month', make_date(p.in_year::integer + 1, 1, 1)))::date as to_on
                        from part p
                        where p.in_year is not null or p.in_month is not null
                )
                select s.parent, s.name, s.from_on, s.to_on
                from span s
                where s.to_on <= (p_now at time zone 'UTC')::date - s.months * interval '1 month'
                order by s.to_on, s.name
        loop
                -- Whoever reads the table now is not waited for long: tomorrow is another day.
                begin
                        execute format('drop table %s', v.name);
                exception
                        when lock_not_available then
                                continue;
                end;
                insert into ingest.retired as t (partition, parent, from_at, to_at, retired_at)
                values (v.name, v.parent, v.from_on, v.to_on, p_now)
                on conflict (partition) do update set retired_at = excluded.retired_at;
                v_retired := v_retired + 1;
        end loop;
        return v_retired;
end
$$;
comment on function ingest.retire(jsonb, timestamptz) is
        'Drops the partitions that are older than so many months, by class: {"facts": 0, "payloads": 60, "runs": 60, "quarantine": 24}; 0 or nothing: kept for good. Returns how many.';
