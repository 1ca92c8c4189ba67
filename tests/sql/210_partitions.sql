-- Partitions come ahead of time, or with the figure that needs them; nobody but the owner makes them.
begin;
select plan(8);

set local role thidua_writer;
select is(ingest.make_partitions('2040-11-30 23:00+07'), 21, 'three months of five tables, three years of two');
select is(ingest.make_partitions('2040-11-30 23:00+07'), 0, 'they are made once');
select is(ingest.make_partitions('2040-12-01 08:00+07'), 5, 'the next month brings one more of each');
reset role;
select has_table('ingest'::name, 'run_m204101'::name);
select has_table('fact'::name, 'observation_y2041'::name);
select is((select pg_get_expr(relpartbound, oid) from pg_class where oid = 'fact.observation_y2041'::regclass),
        'FOR VALUES FROM (''01/01/2041'') TO (''01/01/2042'')', 'a year of periods by their last day');
select try.deliver(array['t.a'], array['nt-so-y-te'], array[date '2044-12-01'], array[date '2044-12-31'], array[5]::numeric[],
        p_known_at => '2045-01-05 08:00+07');
select is((select tableoid::regclass::text from fact.observation where period_to = '2044-12-31'), 'fact.observation_y2044',
        'a figure of a year nobody foresaw finds its place');
select is((select relowner::regrole::text from pg_class where oid = 'fact.observation_y2044'::regclass), 'thidua_owner', 'made by the owner');

select * from finish();
rollback;
