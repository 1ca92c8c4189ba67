-- Retention drops whole partitions by class, notes them, and leaves every younger one, every other class and the chain alone.
begin;
select plan(10);

-- Three months of figures, each delivered in the month after.
select try.deliver(array['t.a'], array['nt-so-y-te'], array[make_date(2014, m, 1)], array[(make_date(2014, m, 1) + interval '1 month')::date - 1],
        array[m]::numeric[], p_known_at => make_timestamptz(2014, m + 1, 5, 8, 0, 0, 'Asia/Ho_Chi_Minh'))
from generate_series(1, 3) m;
create temporary view left_over as
select c.oid::regclass::text as name from pg_class c where c.relispartition and c.relkind = 'r' and c.relname ~ '_(m|y)2014';

set local role thidua_writer;
select is(ingest.retire('{}', '2034-01-01 00:00+00'), 0, 'without a number nothing is ever dropped');
select is(ingest.retire('{"facts": 0, "payloads": 0, "runs": 0, "quarantine": 0}', '2034-01-01 00:00+00'), 0, 'nor with nought');
select is(ingest.retire('{"payloads": 2}', '2014-04-30 23:00+00'), 0, 'a month that has not been over for so long stays');
select is(ingest.retire('{"payloads": 2}', '2014-05-01 01:00+00'), 1, 'the one that has goes');
reset role;
select hasnt_table('ingest'::name, 'payload_m201402'::name);
select has_table('ingest'::name, 'payload_m201403'::name);
select has_table('ingest'::name, 'reject_m201402'::name);
select results_eq($$select parent, from_at, to_at from ingest.retired where partition = 'ingest.payload_m201402'$$,
        $$values ('ingest.payload', timestamptz '2014-02-01 00:00+00', timestamptz '2014-03-01 00:00+00')$$, 'what was dropped is noted');
select is(ingest.retire('{"facts": 24}', '2017-01-01 00:00+00'), 2, 'a year of figures goes with its newest beliefs');
select is((select count(*) from left_over where name like 'ingest.reject%'), 3::bigint, 'rejects are a class of their own');

select * from finish();
rollback;
