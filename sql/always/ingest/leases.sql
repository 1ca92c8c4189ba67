-- Connectors shared by several instances. PostgreSQL says who is alive: a lock lives as long as the session that holds it.

create or replace function ingest.holds(p_class integer, p_key integer, p_pid integer)
returns boolean
language sql
volatile
begin atomic
        select exists (
                select
                from pg_catalog.pg_locks l
                where l.locktype = 'advisory'
                        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                        and l.classid = p_class::oid
                        and l.objid = p_key::oid
                        and l.objsubid = 2
                        and l.granted
                        and (p_pid is null or l.pid = p_pid));
end;
comment on function ingest.holds(integer, integer, integer) is 'Whether that session (null: any) holds the advisory lock.';

-- Called by the writer with its own rights: a session may only be ended by its own account.
create or replace function ingest.sessions_left(p_instance text, p_spool uuid)
returns setof integer
language sql
stable
security definer
begin atomic
        select l.pid
        from ingest.instance i
        join pg_catalog.pg_locks l
                on l.locktype = 'advisory'
                and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                and l.classid = 1670001::oid
                and l.objid = i.instance_id::oid
                and l.objsubid = 2
                and l.granted
        where i.name = p_instance and i.spool = p_spool and l.pid <> pg_backend_pid();
end;
comment on function ingest.sessions_left(text, uuid) is
        'Sessions that this very daemon left behind when its connection broke: the server has not noticed yet.';

-- Groups go to the live instance that weighs most for them (rendezvous hashing), unless that one has its share already. What must stay
-- together, such as the connectors of one host, is one group, so that a budget per host is kept by construction.
create or replace function ingest.shares(p_live text[], p_groups text[])
returns table (group_name text, owner text)
language plpgsql
immutable
set search_path = ''
as $$
declare
        v_cap integer := ceil(1.1 * cardinality(p_groups) / greatest(cardinality(p_live), 1));
        v_load integer[] := array_fill(0, array[greatest(cardinality(p_live), 1)]);
        v_group record;
        v_best integer;
begin
        for v_group in
                select g.name, count(*)::integer as n
                from unnest(p_groups) as g(name)
                group by g.name
                order by count(*) desc, hashtextextended(g.name, 0), g.name
        loop
                select i.ordinal into v_best
                from unnest(p_live) with ordinality as i(name, ordinal)
                order by v_load[i.ordinal] > 0 and v_load[i.ordinal] + v_group.n > v_cap,
                        hashtextextended(i.name || E'\n' || v_group.name, 0) desc, i.name
                limit 1;
                v_load[v_best] := v_load[v_best] + v_group.n;
                group_name := v_group.name;
                owner := p_live[v_best];
                return next;
        end loop;
end
$$;
comment on function ingest.shares(text[], text[]) is 'Which live instance each group belongs to; p_groups names the group of each connector.';

create or replace function ingest.share(p_instance text, p_spool uuid, p_connectors text[], p_groups text[], p_busy boolean[])
returns table (connector text, fence bigint, is_new boolean)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
        v_instance_id integer;
        v_live text[];
        v_lease record;
        v_fence bigint;
begin
        insert into ingest.instance (name, spool, since) values (p_instance, p_spool, clock_timestamp()) on conflict do nothing;
        select i.instance_id into v_instance_id from ingest.instance i where i.name = p_instance;
        if not ingest.holds(1670001, v_instance_id, pg_backend_pid()) then
                if not pg_try_advisory_lock(1670001, v_instance_id) then
                        raise exception 'another session runs as instance %', quote_literal(p_instance)
                                using errcode = '55006', hint = 'Give each daemon an instance name of its own.';
                end if;
                update ingest.instance i set spool = p_spool, since = clock_timestamp() where i.instance_id = v_instance_id;
        end if;
        select array_agg(i.name order by i.name) into v_live from ingest.instance i where ingest.holds(1670001, i.instance_id, null);

        insert into ingest.lease (connector, fence)
        select c.name, 0
        from unnest(p_connectors) as c(name)
        where not exists (select from ingest.lease l where l.connector = c.name)
        on conflict do nothing;

        for v_lease in
                select l.lease_id, l.connector, l.fence,
                        coalesce(s.owner = p_instance, false) as is_wanted,
                        coalesce(c.is_busy, false) as is_busy,
                        ingest.holds(1670002, l.lease_id, pg_backend_pid()) as is_held
                from ingest.lease l
                left join unnest(p_connectors, p_groups, p_busy) as c(name, group_name, is_busy) on c.name = l.connector
                left join ingest.shares(v_live, p_groups) s on s.group_name = c.group_name
                order by l.lease_id
        loop
                if v_lease.is_held and not v_lease.is_wanted and not v_lease.is_busy then
                        perform pg_advisory_unlock(1670002, v_lease.lease_id);
                elsif v_lease.is_held then
                        connector := v_lease.connector;
                        fence := v_lease.fence;
                        is_new := false;
                        return next;
                elsif v_lease.is_wanted and pg_try_advisory_lock(1670002, v_lease.lease_id) then
                        update ingest.lease l
                        set fence = l.fence + 1, instance = p_instance, since = clock_timestamp()
                        where l.lease_id = v_lease.lease_id
                        returning l.fence into v_fence;
                        connector := v_lease.connector;
                        fence := v_fence;
                        is_new := true;
                        return next;
                end if;
        end loop;
end
$$;
comment on function ingest.share(text, uuid, text[], text[], boolean[]) is
        'Takes what this session is to poll now, lets go what it is not and is not busy with, and returns what it holds with its fencing number.';

create or replace function ingest.cursors_of(p_connectors text[])
returns table (connector text, stream text, partition text, value text)
language sql
stable
security definer
begin atomic
        select c.connector, c.stream, c.partition, c.value
        from ingest.cursor c
        where c.connector = any (p_connectors);
end;
comment on function ingest.cursors_of(text[]) is 'Where the streams of these connectors stand, for the instance that takes them over.';

-- Waits for a takeover under way, and keeps the next one waiting until this delivery has ended.
create or replace function ingest.late_parcels(p_runs jsonb, p_n integer)
returns boolean[]
language plpgsql
set search_path = ''
as $$
declare
        v_late boolean[];
begin
        perform
        from ingest.lease l
        where l.connector in (select d.connector from jsonb_to_recordset(p_runs) as d(connector text, fence bigint) where d.fence > 0)
        order by l.lease_id
        for share;

        select array_agg(coalesce(x.is_late, false) order by p.ordinal)
        into v_late
        from generate_series(1, p_n) as p(ordinal)
        left join (
                select d.parcel, bool_or(coalesce(d.late, false) or coalesce(d.fence > 0 and d.fence < l.fence, false)) as is_late
                from jsonb_to_recordset(p_runs) as d(parcel integer, connector text, fence bigint, late boolean)
                left join ingest.lease l on l.connector = d.connector
                group by d.parcel) x on x.parcel = p.ordinal;
        return v_late;
end
$$;
comment on function ingest.late_parcels(jsonb, integer) is 'Which parcels come from a holder that another one has followed, or were kept aside for a while.';
