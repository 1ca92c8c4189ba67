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

-- Heavy groups first, each to the live instance that weighs most for it (rendezvous hashing) of those that it does not bring above the mean; where it brings
-- all above, to the one that has least. So no two differ by more than the heaviest group that was left for the end, and groups that are alike are dealt out
-- evenly but for one. What must stay together, such as the connectors of one host, is one group, so that a budget per host is kept by construction.
create or replace function ingest.shares(p_live text[], p_groups text[], p_weights integer[] default null)
returns table (group_name text, owner text)
language plpgsql
immutable
set search_path = ''
as $$
declare
        v_n bigint := greatest(cardinality(p_live), 1);
        v_load bigint[] := array_fill(0::bigint, array[v_n::integer]);
        v_total bigint := (
                select sum(coalesce(p_weights[g.ordinal], 1)) from unnest(p_groups) with ordinality as g(name, ordinal));
        v_group record;
        v_best integer;
begin
        for v_group in
                select g.name, sum(coalesce(p_weights[g.ordinal], 1)) as weight
                from unnest(p_groups) with ordinality as g(name, ordinal)
                group by g.name
                order by 2 desc, hashtextextended(g.name, 0), g.name
        loop
                select i.ordinal into v_best
                from unnest(p_live) with ordinality as i(name, ordinal)
                order by (v_load[i.ordinal] + v_group.weight) * v_n > v_total,
                        case when (v_load[i.ordinal] + v_group.weight) * v_n > v_total then v_load[i.ordinal] end,
                        hashtextextended(i.name || E'\n' || v_group.name, 0) desc, i.name
                limit 1;
                v_load[v_best] := v_load[v_best] + v_group.weight;
                group_name := v_group.name;
                owner := p_live[v_best];
                return next;
        end loop;
end
$$;
comment on function ingest.shares(text[], text[], integer[]) is
        'Which live instance each group belongs to; p_groups names the group of each connector, p_weights says what it weighs (null: 1).';

-- A group changes hands as a whole: it is let go when nothing of it is busy, and taken when nothing of it is held elsewhere. All go through the leases in the
-- same order, so the first lock of a group decides who gets it.
create or replace function ingest.share(p_instance text, p_spool uuid, p_connectors text[], p_groups text[], p_busy boolean[], p_weights integer[] default null)
returns table (connector text, fence bigint, is_new boolean, is_wanted boolean)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
        v_instance_id integer;
        v_live text[];
        v_lease record;
        v_lost text[] := array[]::text[];
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
                with held as materialized (
                        select k.objid, k.pid = pg_backend_pid() as is_ours
                        from pg_catalog.pg_locks k
                        where k.locktype = 'advisory'
                                and k.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                                and k.classid = 1670002::oid
                                and k.objsubid = 2
                                and k.granted),
                wish as materialized (
                        select c.name, c.group_name, c.is_busy
                        from unnest(p_connectors, p_groups, p_busy) as c(name, group_name, is_busy)),
                owned as materialized (select s.group_name, s.owner from ingest.shares(v_live, p_groups, p_weights) s)
                select l.lease_id, l.connector, l.fence,
                        coalesce(w.group_name, 'connector ' || l.connector) as group_name,
                        coalesce(o.owner = p_instance, false) as is_wanted,
                        coalesce(k.is_ours, false) as is_held,
                        bool_or(coalesce(w.is_busy and k.is_ours, false)) over g as is_busy,
                        bool_or(coalesce(not k.is_ours, false)) over g as is_elsewhere
                from ingest.lease l
                left join wish w on w.name = l.connector
                left join held k on k.objid = l.lease_id::oid
                left join owned o on o.group_name = w.group_name
                window g as (partition by coalesce(w.group_name, 'connector ' || l.connector))
                order by l.lease_id
        loop
                connector := v_lease.connector;
                fence := v_lease.fence;
                is_new := false;
                is_wanted := v_lease.is_wanted;
                if v_lease.is_held and (v_lease.is_wanted or v_lease.is_busy) then
                        return next;
                elsif v_lease.is_held then
                        perform pg_advisory_unlock(1670002, v_lease.lease_id);
                elsif not v_lease.is_wanted then
                        continue;
                elsif not v_lease.is_elsewhere and v_lease.group_name <> all (v_lost)
                        and pg_try_advisory_lock(1670002, v_lease.lease_id) then
                        update ingest.lease l
                        set fence = l.fence + 1, instance = p_instance, since = clock_timestamp()
                        where l.lease_id = v_lease.lease_id
                        returning l.fence into fence;
                        is_new := true;
                        return next;
                else
                        if not v_lease.is_elsewhere then
                                v_lost := v_lost || v_lease.group_name;
                        end if;
                        fence := 0;
                        return next;
                end if;
        end loop;
end
$$;
comment on function ingest.share(text, uuid, text[], text[], boolean[], integer[]) is
        'Takes what this session is to poll now, lets go what it is not and is not busy with, and returns what it holds with its fencing number (is_wanted: false once it is to be let go) and, with number 0, what it is to poll and another one holds still.';

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

create or replace function ingest.slot_served(p_connector text, p_stream text, p_setup text)
returns timestamptz
language sql
stable
security definer
begin atomic
        select x.slot_at
        from (
                select r.slot_at, r.state, r.setup
                from ingest.run r
                where r.connector = p_connector and r.stream = p_stream
                order by r.started_at desc
                limit 1) x
        where x.state in ('ok', 'unchanged') and x.setup = p_setup;
end;
comment on function ingest.slot_served(text, text, text) is
        'The slot of the last run of a stream; null when it did not succeed, or belongs to another text of the connector: then one is owed.';

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
