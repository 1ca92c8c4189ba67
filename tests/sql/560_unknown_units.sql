-- A unit that nobody knows becomes a row ready to be accepted; once a code leads to it, it is gone.
begin;
select plan(5);

insert into ingest.run (run, connector, stream, slot_at, started_at, ended_at, instance, setup, state, pages, records, samples, rejects)
values ('00000000-0000-0000-0000-000000000001', 'dvcqg-kh', 'don-vi', '2024-12-13 00:00+00', '2024-12-13 00:00+00', '2024-12-13 00:00+00', 'test', repeat('0', 64), 'partial', 1, 1, 0, 1);
insert into ingest.reject (run_id, known_at, reason, field, unit_code, system, excerpt)
select r.run_id, t.at, 'unknown_unit', 'unit', t.code, 'dvcqg', t.excerpt
from ingest.run r
cross join (values
        (timestamptz '2024-12-12 08:00+07', 'id-1', '{"unit":"id-1","total":71,"name":"Sở Cũ","code":"H32.99","group":"AGENCY"}'),
        (timestamptz '2024-12-13 08:00+07', 'id-1', '{"unit":"id-1","total":72,"name":"Sở Mới, tỉnh Khánh Hòa","code":"H32.99","group":"AGENCY"}'),
        (timestamptz '2024-12-13 08:00+07', 'id-2', '{"unit":"id-2","tot')) as t(at, code, excerpt)
where r.run = '00000000-0000-0000-0000-000000000001';

select results_eq($$select unit_code, name, kind, records::integer from api_v1.unknown_units order by unit_code$$,
        $$values ('id-1', 'Sở Mới, tỉnh Khánh Hòa', 'so_ban_nganh', 2), ('id-2', null, null, 1)$$, 'one row a unit, named as it was last');
select is((select unit_row from api_v1.unknown_units where unit_code = 'id-1'),
        'H32.99,"Sở Mới, tỉnh Khánh Hòa",so_ban_nganh,province,H32,,,,learned from dvcqg-kh,', 'a row of the list of units');
select is((select code_row from api_v1.unknown_units where unit_code = 'id-1'), 'dvcqg,id-1,H32.99,,,learned from dvcqg-kh', 'and one of the codes');
select is((select unit_row from api_v1.unknown_units where unit_code = 'id-2'), ',,,,,,,,learned from dvcqg-kh,', 'what is not known stays empty');
insert into registry.unit_code (system, code, unit_id, valid) select 'dvcqg', 'id-1', unit_id, '(,)' from registry.unit where code = 'H43';
select is((select array_agg(unit_code) from api_v1.unknown_units), array['id-2'], 'a code that leads somewhere is not unknown');

select * from finish();
rollback;
