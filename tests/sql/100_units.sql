-- The registry: real data went in, wrong data do not, the same data change nothing.
begin;
select plan(36);

create function pg_temp.units(variadic p text[]) returns jsonb language sql as $$
        select jsonb_agg(jsonb_build_object('code', x.f[1], 'name', x.f[2], 'kind', x.f[3], 'level', x.f[4], 'parent_code', x.f[5],
                'valid_from', x.f[6], 'valid_to', x.f[7]))
        from (select string_to_array(r, ',') as f from unnest(p) r) x
$$;
-- What is loaded, as the rows it was loaded from.
create function pg_temp.loaded() returns jsonb language sql as $$
        select jsonb_agg(jsonb_build_object('code', u.unit, 'name', u.name, 'kind', u.kind, 'level', u.level, 'parent_code', u.parent,
                'gso_code', u.gso_code, 'valid_from', coalesce(to_char(u.valid_from, 'YYYY-MM-DD'), ''),
                'valid_to', coalesce(to_char(u.valid_to, 'YYYY-MM-DD'), ''), 'note', u.note))
        from api_v1.units u
$$;

select results_eq($$
        select kind, count(*)::integer from api_v1.units
        where daterange(valid_from, valid_to, '[]') @> date '2024-04-16' and unit like 'nt-%' group by kind order by kind
$$, $$values ('khac', 11), ('mttq_ctxh', 6), ('so_ban_nganh', 20), ('ubnd_huyen', 7), ('ubnd_xa', 65)$$, 'the province on the plan''s day');
select is((select count(*)::integer from api_v1.units where kind = 'ubnd_xa' and daterange(valid_from, valid_to, '[]') @> date '2024-11-01'), 62,
        '62 communes from 1/11/2024');
select is((select count(*)::integer from api_v1.successions), 74, 'successions');
select is((select count(*)::integer from api_v1.blocks), 35, 'blocks');
select results_eq($$
        select unit from api_v1.unit_codes
        where system = 'gso' and code = '22750' and daterange(valid_from, valid_to, '[]') @> any (array[date '2024-10-31', date '2024-11-01'])
        order by valid_from nulls first
$$, array['nt-prtc-thanh-son', 'nt-prtc-phu-ha'], 'a GSO number passes to another unit');
select is((select count(*)::integer from api_v1.unit_codes where system = 'dvcqg'), 1, 'ids of the portal are codes too');

delete from comply.dirty;
select is(registry.load_units(pg_temp.loaded()), '{"rows": 182, "added": 0, "changed": 0, "removed": 0}', 'the same list changes nothing');
select is((select count(*) from comply.dirty), 0::bigint, 'and dirties nothing');
select is(registry.load_units(pg_temp.loaded() || pg_temp.units('nt-moi,Sở Mới,so_ban_nganh,province,H43,2024-06-01,'))
        - 'rows', '{"added": 1, "changed": 0, "removed": 0}', 'one more');
select is((select count(*) from comply.dirty where metric_id is null), 1::bigint, 'everything is to be computed anew');
select is(registry.load_units(pg_temp.loaded()) - 'rows', '{"added": 0, "changed": 0, "removed": 0}', 'twice is once');
select is(registry.load_units((select jsonb_agg(r) from jsonb_array_elements(pg_temp.loaded()) r where r ->> 'code' <> 'nt-moi')) - 'rows',
        '{"added": 0, "changed": 0, "removed": 1}', 'a unit that nothing refers to may go');
select is(registry.load_units((
                select jsonb_agg(case r ->> 'code' when 'nt-so-y-te' then r || '{"name": "Sở Y tế tỉnh"}' else r end)
                from jsonb_array_elements(pg_temp.loaded()) r)) - 'rows',
        '{"added": 0, "changed": 1, "removed": 0}', 'a new name is a change of the same unit');

select try.state('nt-so-y-te', 'tasks.due', 1);
select throws_ok($$select registry.load_units((select jsonb_agg(r) from jsonb_array_elements(pg_temp.loaded()) r where r ->> 'code' <> 'nt-so-y-te'))$$,
        '22023', 'unit nt-so-y-te: something refers to it, so it cannot leave the list; give it a valid_to instead', 'figures keep their unit');
select throws_ok($$select registry.load_units('{}')$$, '22023', 'units: not an array of rows', 'an object');
select throws_ok($$select registry.load_units('[{"code": "a", "name": "", "kind": "k", "level": "district"}]')$$, '22023',
        'unit row 1: name is missing', 'no name');
select throws_ok($$select registry.load_units(pg_temp.loaded() || pg_temp.units('a,A,k,district,nowhere,,'))$$, '22023',
        'unit a: parent nowhere is not in the list', 'no such parent');
select throws_ok($$select registry.load_units(pg_temp.loaded() || pg_temp.units('a,A,k,district,,2024-13-01,'))$$, '22023',
        'unit a: there is no day 2024-13-01', 'no such day');
select throws_ok($$select registry.load_units(pg_temp.loaded() || pg_temp.units('a,A,k,district,,1/11/2024,'))$$, '22023',
        'unit a: ''1/11/2024'' is not a date of the form YYYY-MM-DD', 'a date in another form');
select throws_ok($$select registry.load_units(pg_temp.loaded() || pg_temp.units('a,A,k,district,,2024-02-02,2024-02-01'))$$, '22023',
        'unit a: valid_from 2024-02-02 lies after valid_to 2024-02-01', 'days in the wrong order');
select throws_ok($$select registry.load_units(pg_temp.loaded() || pg_temp.units('a,A,k,district,,,', 'a,B,k,district,,,'))$$, '22023',
        'unit a: two rows differ', 'one code, two units');
select throws_ok($$select registry.load_units(pg_temp.loaded() || pg_temp.units('a,A,k,district,b,,', 'b,B,k,district,a,,'))$$, '22023',
        'unit a: it stands below itself', 'a circle of parents');
select throws_ok($$select registry.load_units(pg_temp.loaded() || pg_temp.units('a,A,k,village,,,'))$$, '23514', null, 'an unknown level');

select throws_ok($$select registry.load_successions('[{"predecessor_code": "x", "successor_code": "", "effective_on": "2024-11-01"}]')$$,
        '22023', 'succession: unknown predecessor ''x''', 'no such predecessor');
select throws_ok($$select registry.load_successions('[{"predecessor_code": "nt-prtc-tan-tai", "successor_code": "x", "effective_on": "2024-11-01"}]')$$,
        '22023', 'succession of nt-prtc-tan-tai: unknown successor ''x''', 'no such successor');
select throws_ok($$select registry.load_successions('[{"predecessor_code": "nt-prtc-tan-tai", "successor_code": "nt-prtc-kinh-dinh", "effective_on": "2024-11-02"}]')$$,
        '22023', 'succession of nt-prtc-tan-tai: effective on 2024-11-02, but the unit''s last day is 2024-10-31', 'a gap of a day');
select throws_ok($$select registry.load_successions('[{"predecessor_code": "nt-prtc-tan-tai", "successor_code": "kh-do-vinh", "effective_on": "2024-11-01"}]')$$,
        '22023', 'succession of nt-prtc-tan-tai: kh-do-vinh does not exist on 2024-11-01', 'a successor not yet born');
select is(registry.load_successions((
                select jsonb_agg(jsonb_build_object('predecessor_code', predecessor, 'successor_code', coalesce(successor, ''),
                        'effective_on', to_char(effective_on, 'YYYY-MM-DD'), 'legal_basis', legal_basis, 'note', note))
                from api_v1.successions)),
        '{"rows": 74, "added": 0, "changed": 0, "removed": 0}', 'the same successions change nothing');

select throws_ok($$select registry.load_codes('[{"system": "s", "code": "1", "unit": "x"}]')$$, '22023',
        'code 1 of system s: unknown unit ''x''', 'no such unit');
select throws_ok($$select registry.load_codes('[{"system": "s", "code": "1", "unit": "nt-prtc", "valid_to": "2024-06-30"},
                {"system": "s", "code": "1", "unit": "nt-bac-ai", "valid_from": "2024-06-30"}]')$$, '22023',
        'code 1 of system s: it means both nt-prtc and nt-bac-ai on 2024-06-30', 'two units on one day');
select is(registry.load_codes('[{"system": "s", "code": "1", "unit": "nt-prtc", "valid_to": "2024-06-30"},
                {"system": "s", "code": "1", "unit": "nt-bac-ai", "valid_from": "2024-07-01"}]') - 'rows',
        '{"added": 2, "changed": 0, "removed": 0}', 'one after the other is right');
select is(registry.load_codes('[{"system": "s", "code": "2", "unit": "nt-prtc"}]') - 'rows',
        '{"added": 1, "changed": 0, "removed": 2}', 'a system is replaced whole');
select is((select count(*)::integer from api_v1.unit_codes where system = 'gso'), 99, 'and no other is touched');
select throws_ok($$select registry.load_blocks('[{"block": "b", "block_name": "B", "unit_code": "x", "as_of": "2019", "source": "s"}]')$$,
        '22023', 'block b: unknown unit ''x''', 'no such member');
select is(registry.load_blocks((
                select jsonb_agg(jsonb_build_object('block', block, 'block_name', block_name, 'unit_code', unit, 'as_of', as_of, 'source', source))
                from api_v1.blocks)),
        '{"rows": 35, "added": 0, "changed": 0, "removed": 0}', 'the same blocks change nothing');
set local role thidua_writer;
select lives_ok($$select registry.load_blocks('[]')$$, 'the daemon''s role may load');

select * from finish();
rollback;
