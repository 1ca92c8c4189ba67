-- Loading of units, successions and blocks: each call brings the whole list and leaves the registry equal to it.
--
-- Rows come as JSON objects with the column names of the CSV files, cells as text; an empty cell is not known. A wrong row
-- raises 22023 with the row's code and what is wrong, and nothing is changed.

create or replace function registry.to_day(p_text text, p_what text)
returns date
language plpgsql
immutable
set search_path = ''
set datestyle = 'ISO'
as $$
begin
        if p_text is null or p_text = '' then
                return null;
        end if;
        if p_text !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then
                raise exception '%: % is not a date of the form YYYY-MM-DD', p_what, quote_literal(p_text) using errcode = '22023';
        end if;
        return p_text::date;
exception
        when datetime_field_overflow then
                raise exception '%: there is no day %', p_what, p_text using errcode = '22023';
end
$$;
comment on function registry.to_day(text, text) is 'A date cell as a date; p_what begins the message when it is none.';

create or replace function registry.to_days(p_from text, p_to text, p_what text)
returns daterange
language plpgsql
immutable
set search_path = ''
set datestyle = 'ISO'
as $$
declare
        v_from date := registry.to_day(p_from, p_what);
        v_to date := registry.to_day(p_to, p_what);
begin
        if v_from > v_to then
                raise exception '%: valid_from % lies after valid_to %', p_what, v_from, v_to using errcode = '22023';
        end if;
        return daterange(v_from, v_to, '[]');
end
$$;
comment on function registry.to_days(text, text, text) is 'valid_from and valid_to, both inclusive and both optional, as a range.';

create or replace function registry.mark_all_dirty()
returns void
language sql
begin atomic
        insert into comply.dirty (metric_id, unit_id) values (null, null);
end;
comment on function registry.mark_all_dirty() is 'The next refresh computes everything.';

create or replace function registry.complain(p_bad text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
        if p_bad is not null then
                raise exception '%', p_bad using errcode = '22023';
        end if;
end
$$;
comment on function registry.complain(text) is 'Raises the text as a finding about the data; null raises nothing.';

-- Whoever loads waits for whoever is loading; readers wait for nobody.
create or replace function registry.begin_load()
returns void
language sql
begin atomic
        select pg_advisory_xact_lock(hashtextextended('thidua.registry', 0));
end;
comment on function registry.begin_load() is 'One load at a time.';

create or replace function registry.check_unit_rows(p jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
        if jsonb_typeof(p) is distinct from 'array' then
                perform registry.complain('units: not an array of rows');
        end if;
        perform registry.complain((
                select format('unit row %s: %s is missing', r.ordinal, k.key)
                from jsonb_array_elements(p) with ordinality as r(row, ordinal)
                cross join (values ('code'), ('name'), ('kind'), ('level')) as k(key)
                where coalesce(r.row ->> k.key, '') = ''
                order by r.ordinal
                limit 1));
        perform registry.complain((
                select format('unit %s: two rows differ', min(r.row ->> 'code'))
                from jsonb_array_elements(p) as r(row)
                group by r.row ->> 'code'
                having count(distinct jsonb_strip_nulls((
                        select jsonb_object_agg(e.key, nullif(e.value, '')) from jsonb_each_text(r.row - 'dvcqg_id') e))) > 1
                limit 1));
        perform registry.complain((
                select format('unit %s: parent %s is not in the list', r.row ->> 'code', r.row ->> 'parent_code')
                from jsonb_array_elements(p) as r(row)
                where coalesce(r.row ->> 'parent_code', '') <> ''
                        and not exists (select from jsonb_array_elements(p) as q(row) where q.row ->> 'code' = r.row ->> 'parent_code')
                limit 1));
end
$$;
comment on function registry.check_unit_rows(jsonb) is 'Raises the first thing that is wrong with the list as a whole.';

create or replace function registry.drop_unit(p_unit_id integer)
returns void
language sql
begin atomic
        delete from registry.unit_code where unit_id = p_unit_id;
        delete from registry.succession where p_unit_id in (predecessor_id, successor_id);
        delete from registry.block_member where unit_id = p_unit_id;
        update registry.unit set parent_id = null where parent_id = p_unit_id;
        delete from registry.unit where unit_id = p_unit_id;
end;
comment on function registry.drop_unit(integer) is 'Takes out a unit that nothing but its own codes, successions and blocks refers to.';

create or replace function registry.summary(p_rows bigint, p_added bigint, p_changed bigint, p_removed bigint)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
        if p_added + p_changed + p_removed > 0 then
                perform registry.mark_all_dirty();
        end if;
        return jsonb_build_object('rows', p_rows, 'added', p_added, 'changed', p_changed, 'removed', p_removed);
end
$$;
comment on function registry.summary(bigint, bigint, bigint, bigint) is
        'What a load did; if it did anything, everything is to be computed anew.';

create or replace function registry.load_units(p_rows jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
set datestyle = 'ISO'
as $$
declare
        v_added bigint;
        v_changed bigint;
        v_removed bigint;
begin
        perform registry.begin_load();
        perform registry.check_unit_rows(p_rows);
        perform registry.complain((
                select format('unit %s: something refers to it, so it cannot leave the list; give it a valid_to instead', u.code)
                from registry.unit u
                where not exists (select from jsonb_array_elements(p_rows) as r(row) where r.row ->> 'code' = u.code)
                        and (exists (select from fact.latest l where l.unit_id = u.unit_id)
                                or exists (select from registry.campaign_version v where v.province_id = u.unit_id)
                                or exists (select from registry.target t where t.unit_id = u.unit_id)
                                or exists (select from registry.not_applicable n where n.unit_id = u.unit_id)
                                or exists (select from comply.result c where c.unit_id = u.unit_id)
                                or exists (select from comply.change c where c.unit_id = u.unit_id))
                order by u.code
                limit 1));

        select count(*)
        into v_removed
        from registry.unit u
        cross join lateral registry.drop_unit(u.unit_id) as d
        where not exists (select from jsonb_array_elements(p_rows) as r(row) where r.row ->> 'code' = u.code);

        with listed as (
                select distinct on (r.code) r.code, r.name, r.kind, r.level, nullif(r.gso_code, '') as gso_code,
                        registry.to_days(r.valid_from, r.valid_to, 'unit ' || r.code) as valid, nullif(r.note, '') as note
                from jsonb_to_recordset(p_rows) as r(code text, name text, kind text, level text, gso_code text,
                        valid_from text, valid_to text, note text)
        ),
        merged as (
                insert into registry.unit as u (code, name, kind, level, gso_code, valid, note)
                select l.code, l.name, l.kind, l.level, l.gso_code, l.valid, l.note
                from listed l
                order by l.code
                on conflict (code) do update
                set name = excluded.name, kind = excluded.kind, level = excluded.level, gso_code = excluded.gso_code,
                        valid = excluded.valid, note = excluded.note
                where (u.name, u.kind, u.level, u.gso_code, u.valid, u.note)
                        is distinct from (excluded.name, excluded.kind, excluded.level, excluded.gso_code, excluded.valid, excluded.note)
                -- A row that was inserted, not updated, has never been deleted by anyone.
                returning xmax = 0 as is_added
        )
        select count(*) filter (where m.is_added), count(*) filter (where not m.is_added)
        into v_added, v_changed
        from merged m;

        with parent as (
                select distinct u.unit_id, p.unit_id as parent_id
                from jsonb_to_recordset(p_rows) as r(code text, parent_code text)
                join registry.unit u on u.code = r.code
                left join registry.unit p on p.code = r.parent_code
        ),
        moved as (
                update registry.unit u
                set parent_id = p.parent_id
                from parent p
                where p.unit_id = u.unit_id and u.parent_id is distinct from p.parent_id
                returning u.unit_id
        )
        -- A new unit that got its parent is one change, not two.
        select v_changed + case when v_added = 0 then count(*) else 0 end into v_changed from moved;

        perform registry.complain((
                with recursive up as (
                        select u.unit_id, u.code, u.parent_id, 1 as depth from registry.unit u
                        union all
                        select up.unit_id, up.code, u.parent_id, up.depth + 1
                        from up
                        join registry.unit u on u.unit_id = up.parent_id
                        where up.depth < 20
                )
                select format('unit %s: it stands below itself', min(up.code)) from up where up.depth = 20 having count(*) > 0));
        return registry.summary((select count(*) from registry.unit), v_added, v_changed, v_removed);
end
$$;
comment on function registry.load_units(jsonb) is
        'The rows of all unit files in one array: code, name, kind, level, parent_code, gso_code, valid_from, valid_to, note. Codes, those of the column dvcqg_id too, come through load_codes.';

create or replace function registry.load_successions(p_rows jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
set datestyle = 'ISO'
as $$
declare
        v_added bigint;
        v_changed bigint;
        v_removed bigint;
begin
        perform registry.begin_load();
        if jsonb_typeof(p_rows) is distinct from 'array' then
                perform registry.complain('successions: not an array of rows');
        end if;
        perform registry.complain((
                select case
                        when p.code is null then format('succession: unknown predecessor %L', r.predecessor_code)
                        when s.code is null and r.successor_code <> '' then
                                format('succession of %s: unknown successor %L', p.code, r.successor_code)
                        when d.effective_on is null then format('succession of %s: effective_on is missing', p.code)
                        when upper(p.valid) is distinct from d.effective_on then
                                format('succession of %s: effective on %s, but the unit''s last day is %s', p.code, d.effective_on,
                                        coalesce((upper(p.valid) - 1)::text, 'open'))
                        when not s.valid @> d.effective_on then
                                format('succession of %s: %s does not exist on %s', p.code, s.code, d.effective_on)
                        when p.unit_id = s.unit_id then format('succession of %s: it cannot succeed itself', p.code)
                        end
                from rows from (jsonb_to_recordset(p_rows) as (predecessor_code text, successor_code text, effective_on text))
                        with ordinality as r(predecessor_code, successor_code, effective_on, ordinal)
                cross join lateral registry.to_day(r.effective_on, 'succession of ' || r.predecessor_code) as d(effective_on)
                left join registry.unit p on p.code = r.predecessor_code
                left join registry.unit s on s.code = r.successor_code
                where p.code is null
                        or (s.code is null and r.successor_code <> '')
                        or d.effective_on is null
                        or upper(p.valid) is distinct from d.effective_on
                        or not s.valid @> d.effective_on
                        or p.unit_id = s.unit_id
                order by r.ordinal
                limit 1));

        with listed as materialized (
                select distinct on (p.unit_id, s.unit_id)
                        p.unit_id as predecessor_id, s.unit_id as successor_id,
                        registry.to_day(r.effective_on, 'succession of ' || r.predecessor_code) as effective_on,
                        nullif(r.legal_basis, '') as legal_basis, nullif(r.note, '') as note
                from jsonb_to_recordset(p_rows)
                        as r(predecessor_code text, successor_code text, effective_on text, legal_basis text, note text)
                join registry.unit p on p.code = r.predecessor_code
                left join registry.unit s on s.code = r.successor_code
        ),
        removed as (
                delete from registry.succession s
                where not exists (
                        select
                        from listed l
                        where (l.predecessor_id, l.successor_id, l.effective_on)
                                is not distinct from (s.predecessor_id, s.successor_id, s.effective_on))
                returning 1
        ),
        merged as (
                insert into registry.succession as s (predecessor_id, successor_id, effective_on, legal_basis, note)
                select l.predecessor_id, l.successor_id, l.effective_on, l.legal_basis, l.note
                from listed l
                on conflict on constraint succession_predecessor_successor_effective_uq do update
                set legal_basis = excluded.legal_basis, note = excluded.note
                where (s.legal_basis, s.note) is distinct from (excluded.legal_basis, excluded.note)
                returning xmax = 0 as is_added
        )
        select count(*) filter (where m.is_added), count(*) filter (where not m.is_added), (select count(*) from removed)
        into v_added, v_changed, v_removed
        from merged m;
        return registry.summary((select count(*) from registry.succession), v_added, v_changed, v_removed);
end
$$;
comment on function registry.load_successions(jsonb) is
        'All rows of unit-successions.csv: predecessor_code, successor_code, effective_on, legal_basis, note. Units must be loaded.';

create or replace function registry.load_blocks(p_rows jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
        v_added bigint;
        v_changed bigint;
        v_removed bigint;
begin
        perform registry.begin_load();
        if jsonb_typeof(p_rows) is distinct from 'array' then
                perform registry.complain('blocks: not an array of rows');
        end if;
        perform registry.complain((
                select case
                        when coalesce(r.block, '') = '' or coalesce(r.block_name, '') = '' then
                                format('block row %s: block or block_name is missing', r.ordinal)
                        when coalesce(r.as_of, '') = '' or coalesce(r.source, '') = '' then
                                format('block %s, unit %s: as_of or source is missing', r.block, r.unit_code)
                        when u.code is null then format('block %s: unknown unit %L', r.block, r.unit_code)
                        end
                from rows from (jsonb_to_recordset(p_rows) as (block text, block_name text, unit_code text, as_of text, source text))
                        with ordinality as r(block, block_name, unit_code, as_of, source, ordinal)
                left join registry.unit u on u.code = r.unit_code
                where '' in (coalesce(r.block, ''), coalesce(r.block_name, ''), coalesce(r.as_of, ''), coalesce(r.source, ''))
                        or u.code is null
                order by r.ordinal
                limit 1));
        perform registry.complain((
                select format('block %s: unit %s stands in it twice', r.block, r.unit_code)
                from jsonb_to_recordset(p_rows) as r(block text, unit_code text)
                group by r.block, r.unit_code
                having count(*) > 1
                limit 1));

        with listed as materialized (
                select r.block, r.block_name, u.unit_id, r.as_of, r.source
                from jsonb_to_recordset(p_rows) as r(block text, block_name text, unit_code text, as_of text, source text)
                join registry.unit u on u.code = r.unit_code
        ),
        removed as (
                delete from registry.block_member b
                where not exists (select from listed l where l.block = b.block and l.unit_id = b.unit_id)
                returning 1
        ),
        merged as (
                insert into registry.block_member as b (block, block_name, unit_id, as_of, source)
                select l.block, l.block_name, l.unit_id, l.as_of, l.source
                from listed l
                on conflict (block, unit_id) do update
                set block_name = excluded.block_name, as_of = excluded.as_of, source = excluded.source
                where (b.block_name, b.as_of, b.source) is distinct from (excluded.block_name, excluded.as_of, excluded.source)
                returning xmax = 0 as is_added
        )
        select count(*) filter (where m.is_added), count(*) filter (where not m.is_added), (select count(*) from removed)
        into v_added, v_changed, v_removed
        from merged m;
        return jsonb_build_object('rows', (select count(*) from registry.block_member),
                'added', v_added, 'changed', v_changed, 'removed', v_removed);
end
$$;
comment on function registry.load_blocks(jsonb) is
        'All rows of emulation-blocks.csv: block, block_name, unit_code, as_of, source. Units must be loaded.';
