-- Loading of codes: what each source calls a unit, and when.

create or replace function registry.sync_codes(p_rows jsonb, p_systems text[])
returns jsonb
language plpgsql
set search_path = ''
set datestyle = 'ISO'
as $$
declare
        v_added bigint;
        v_changed bigint;
        v_removed bigint;
begin
        perform registry.complain((
                select case
                        when coalesce(r.system, '') = '' or coalesce(r.code, '') = '' then
                                format('code row %s: system or code is missing', r.ordinal)
                        else format('code %s of system %s: unknown unit %L', r.code, r.system, r.unit)
                        end
                from rows from (jsonb_to_recordset(p_rows) as (system text, code text, unit text))
                        with ordinality as r(system, code, unit, ordinal)
                left join registry.unit u on u.code = r.unit
                where coalesce(r.system, '') = '' or coalesce(r.code, '') = '' or u.code is null
                order by r.ordinal
                limit 1));
        perform registry.complain((
                with listed as (
                        select r.system, r.code, r.unit, r.ordinal,
                                registry.to_days(r.valid_from, r.valid_to, format('code %s of system %s', r.code, r.system)) as valid
                        from rows from (jsonb_to_recordset(p_rows)
                                as (system text, code text, unit text, valid_from text, valid_to text))
                                with ordinality as r(system, code, unit, valid_from, valid_to, ordinal)
                )
                select format('code %s of system %s: it means both %s and %s on %s', a.code, a.system, a.unit, b.unit,
                        coalesce(lower(a.valid * b.valid)::text, upper(a.valid * b.valid)::text, 'all days'))
                from listed a
                join listed b on b.system = a.system and b.code = a.code and b.ordinal > a.ordinal and b.valid && a.valid
                where a.unit <> b.unit or a.valid <> b.valid
                order by a.ordinal
                limit 1));

        with listed as materialized (
                select distinct on (r.system, r.code, valid) r.system, r.code, u.unit_id,
                        registry.to_days(r.valid_from, r.valid_to, r.code) as valid, nullif(r.note, '') as note
                from jsonb_to_recordset(p_rows)
                        as r(system text, code text, unit text, valid_from text, valid_to text, note text)
                join registry.unit u on u.code = r.unit
        ),
        removed as (
                delete from registry.unit_code c
                where c.system = any (p_systems)
                        and not exists (select from listed l where l.system = c.system and l.code = c.code and l.valid = c.valid)
                returning 1
        ),
        merged as (
                insert into registry.unit_code as c (system, code, unit_id, valid, note)
                select l.system, l.code, l.unit_id, l.valid, l.note
                from listed l
                on conflict (system, code, valid) do update
                set unit_id = excluded.unit_id, note = excluded.note
                where (c.unit_id, c.note) is distinct from (excluded.unit_id, excluded.note)
                returning xmax = 0 as is_added
        )
        select count(*) filter (where m.is_added), count(*) filter (where not m.is_added), (select count(*) from removed)
        into v_added, v_changed, v_removed
        from merged m;
        return jsonb_build_object('rows', jsonb_array_length(p_rows), 'added', v_added, 'changed', v_changed, 'removed', v_removed);
end
$$;
comment on function registry.sync_codes(jsonb, text[]) is 'Leaves exactly these codes in the systems named.';

create or replace function registry.load_codes(p_rows jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
        v_rows jsonb;
        v_systems text[];
begin
        perform registry.begin_load();
        if jsonb_typeof(p_rows) is distinct from 'array' then
                perform registry.complain('codes: not an array of rows');
        end if;
        -- A row of gso-code-history.csv has the number as gso_code and the unit as code.
        select coalesce(jsonb_agg(case
                        when r.row ? 'gso_code' then
                                (r.row - 'gso_code') || jsonb_build_object('system', 'gso', 'code', r.row -> 'gso_code', 'unit', r.row -> 'code')
                        else r.row
                        end order by r.ordinal), '[]'),
                coalesce(array_agg(distinct case when r.row ? 'gso_code' then 'gso' else r.row ->> 'system' end), '{}')
        into v_rows, v_systems
        from jsonb_array_elements(p_rows) with ordinality as r(row, ordinal);
        return registry.sync_codes(v_rows, v_systems);
end
$$;
comment on function registry.load_codes(jsonb) is
        'Rows of code files: system, code, unit, valid_from, valid_to, note, or code, gso_code, valid_from, valid_to, note for GSO numbers. Every system that occurs is replaced whole, the others stay.';
