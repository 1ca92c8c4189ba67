-- What is known of streams and asks. The daemon reads it when it starts.

create or replace function ingest.cursors()
returns table (connector text, stream text, partition text, value text)
language sql
stable
security definer
begin atomic
        select c.connector, c.stream, c.partition, c.value
        from ingest.cursor c
        where c.partition not like 'ask:%'
        union all
        (
                select c.connector, c.stream, c.partition, c.value
                from ingest.cursor c
                where c.partition like 'ask:%'
                order by c.known_at desc
                limit 100000
        );
end;
comment on function ingest.cursors() is
        'Where every stream stands, as of the last delivery, and what the newest hundred thousand asks were answered last: the daemon keeps no more of them.';

-- Deliveries that leave something out share this lock; what takes the ground from under them has it alone.
create or replace function ingest.lock_asks(p_connectors text[], p_is_alone boolean)
returns void
language sql
begin atomic
        select case
                when p_is_alone then pg_advisory_xact_lock(hashtextextended('asks ' || c.name, 0))
                else pg_advisory_xact_lock_shared(hashtextextended('asks ' || c.name, 0))
        end
        from (select distinct u.name from unnest(p_connectors) as u(name) order by u.name) c;
end;
comment on function ingest.lock_asks(text[], boolean) is 'Until the end of the transaction.';

create or replace function ingest.unproven_parcels(p_cursors jsonb, p_counts boolean[])
returns boolean[]
language plpgsql
set search_path = ''
as $$
declare
        v_unproven boolean[];
begin
        perform ingest.lock_asks((select array_agg(d.connector) from jsonb_to_recordset(p_cursors) as d(connector text, was text) where d.was is not null), false);
        -- An ask may come several times in a batch: then what it relies on is what an earlier parcel said. After a claim that does not hold, no further one does.
        with entry as (
                select d.*, count(d.value) over (partition by d.connector, d.stream, d.partition order by d.ordinal) as nth_move
                from rows from (jsonb_to_recordset(p_cursors) as (parcel integer, connector text, stream text, partition text, value text, was text))
                        with ordinality as d(parcel, connector, stream, partition, value, was, ordinal)
                where p_counts[d.parcel]
        ),
        claim as (
                select e.*, first_value(e.value) over (partition by e.connector, e.stream, e.partition, e.nth_move order by e.ordinal) as moved_to
                from entry e
        ),
        judged as (
                select c.parcel, bool_or(c.was is distinct from case when c.nth_move > 0 then c.moved_to else k.value end)
                        over (partition by c.connector, c.stream, c.partition order by c.ordinal) as is_bad
                from claim c
                left join ingest.cursor k on k.connector = c.connector and k.stream = c.stream and k.partition = c.partition
                where c.was is not null
        )
        select array_agg(coalesce(j.is_bad, false) order by p.ordinal)
        into v_unproven
        from generate_series(1, cardinality(p_counts)) as p(ordinal)
        left join (select i.parcel, bool_or(i.is_bad) as is_bad from judged i group by i.parcel) j on j.parcel = p.ordinal;
        return v_unproven;
end
$$;
comment on function ingest.unproven_parcels(jsonb, boolean[]) is
        'Which of the parcels that count rely on an answer that is not the last one known here. p_cursors: as in deliver(), "was" is what a parcel relies on.';

create or replace function ingest.forget_unproven(p_cursors jsonb, p_unproven boolean[])
returns void
language sql
begin atomic
        delete from ingest.cursor c
        using (
                select distinct d.connector, d.stream, d.partition
                from jsonb_to_recordset(p_cursors) as d(parcel integer, connector text, stream text, partition text, was text)
                where p_unproven[d.parcel] and d.was is not null) u
        where c.connector = u.connector and c.stream = u.stream and c.partition = u.partition;
end;
comment on function ingest.forget_unproven(jsonb, boolean[]) is 'Asks on which a parcel relied in vain are unknown again, whatever it said of them.';

create or replace function ingest.forget_asks(p_connectors text[])
returns void
language plpgsql
set search_path = ''
as $$
begin
        perform ingest.lock_asks(p_connectors, true);
        delete from ingest.cursor c
        where c.connector = any (p_connectors) and c.partition like 'ask:%';
end
$$;
comment on function ingest.forget_asks(text[]) is 'Figures of these connectors were stated by another way than their asks: the next answers are read whole.';
