-- What stands around a figure in the reply it came from: bodies as the program packs them, made by zlib, and the places that are none.
begin;
select plan(18);

-- JSON, CSV with a byte order mark, NDJSON that is stored without compression, XML; packed by zlib.
create temporary table body (name text, sha256 bytea, packed bytea, size bigint);
insert into body values
        ('json', '\x52e41773a5f39761a5b9e432a494408e900be3f5584eaba350d38422c50e9bc3'::bytea, '\x789cab564ace4f4955b252f2f756d2514a492c4954b2aa564a2d4bcc294d2cc9cccf53b28aae562acdcb2c012af13036d23330042a4b04f18c0c8c4c740d0c750d8d401af3f38086181a01e57272400c835a1d147d6055087d8646bac686707de67aa606509d4a867a46c6264ab5b1b5b500041928eb'::bytea, 155),
        ('csv', '\xa2dc4778929513243323ddcde236a1c0ef45fbebd830b72831af634f57cc10a1'::bytea, '\x789c7bbf7bff9109c716e629943ddcddade37c78b34ec8c3dd53f3d279b9821fee9eaf10a950f270d77e1d43231d6343a890dfc3dd333341ca97ea98032578b90082571e77'::bytea, 67),
        ('nd', '\xd640f4b1dfbb21a7481a3a12353e2370ec3f92c4d34fcbd1bdaad60c4b994140'::bytea, '\x7801012800d7ff7b22756e6974223a2261222c2276223a31327d0a7b22756e6974223a2262222c2276223a31337d0aea700ad3'::bytea, 40),
        ('xml', '\x98e171a6330d11553b18cd9ec0e0b521b66658efe1dd89359c04f36665663ef5'::bytea, '\x789cb329b2b329b33334b2d12fb3b3d12fb20300268e047a'::bytea, 16);
select ingest.make_partitions('2024-12-13 08:00+07') is not null;
insert into ingest.payload (sha256, stored_month, size, body) select sha256, '2024-12-01', size, packed from body;
create function pg_temp.around(p_name text, p_record bigint, p_value numeric)
returns text
language sql
as $$
        select api_v1.excerpt(encode(sha256, 'hex'), p_record, p_value) from body where name = p_name
$$;
select is((select bool_and(sha256(comply.inflate(packed)) = sha256) from body), true, 'what is unpacked is what was packed');
select is((select bool_and(length(comply.inflate(packed)) = size) from body), true, 'to the last byte');
select is(pg_temp.around('json', 1, 12), '{"unit":"H32.01","at":"2024-01-12","done":12,"all":120}', 'a record whole: the number, not the day and not the code');
select is(pg_temp.around('json', 2, 7.5), '{"unit":"H32.12","at":"2024-12-31","done":7.50,"all":"1.234"}', 'a number is the same however it is written');
select ok(pg_temp.around('json', 2, 1234) is not null and pg_temp.around('json', 2, 1.234) is not null, 'a point may stand between thousands');
select is(pg_temp.around('json', 2, 12), null, 'what stands in another record is not shown, nor a part of a code or a day');
select is(pg_temp.around('json', 3, 12), null, 'there is no such record');
select is(pg_temp.around('json', 1, 2), null, 'a number that was counted stands nowhere');
select is(pg_temp.around('csv', 1, 12), 'Sở Y tế,12,31', 'the row under the heading');
select is(pg_temp.around('csv', 2, 12), 'Sở Nội vụ,7,12', 'and the next');
select is(pg_temp.around('nd', 2, 13), '{"unit":"b","v":13}', 'one record a line');
select is(pg_temp.around('xml', 1, 12), null, 'of markup nobody says where a record begins');
select is(api_v1.excerpt(repeat('00', 32), 1, 12), null, 'a body that is not stored');
select throws_ok($$select api_v1.excerpt('nonsense', 1, 12)$$, '22023', 'a SHA-256 is 64 hexadecimal digits', 'no hash');
select is(comply.around_number(repeat('x ', 400) || '"done": 12, ' || repeat('y ', 400), 12),
        '...' || repeat('x ', 26) || '"done": 12, ' || repeat('y ', 28) || '...', 'never more than 120 characters');
update ingest.payload p set body = substr(p.body, 1, 40) from body b where b.name = 'json' and b.sha256 = p.sha256;
select is(pg_temp.around('json', 1, 12), null, 'a body that is torn is none');
update ingest.payload p set body = '\x78' from body b where b.name = 'json' and b.sha256 = p.sha256;
select is(pg_temp.around('json', 1, 12), null, 'nor is rubbish');
set local role thidua_reader;
select throws_ok('select comply.inflate(body) from ingest.payload', '42501', null, 'a reader sees the place and no more of the body');

select * from finish();
rollback;
