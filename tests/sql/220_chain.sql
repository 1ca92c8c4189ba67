-- Whatever is changed afterwards in a run record, its requests or the chain itself is named, and retirement is no break.
begin;
select plan(15);

-- What verify says after a change that is taken back again.
create function pg_temp.after(p_sql text) returns text language plpgsql as $$
declare
        v_problem text;
begin
        begin
                execute p_sql;
                select string_agg(problem, '; ') into v_problem from ingest.verify_chain(1);
                raise exception 'take it back';
        exception
                when raise_exception then
                        return coalesce(regexp_replace(v_problem, '[0-9a-f]{8}-[0-9a-f-]{27}', 'RUN', 'g'), 'whole');
        end;
end
$$;

select try.deliver(array['t.a'], array['nt-so-y-te'], array[date '2024-01-01'], array[date '2024-01-31'], array[i]::numeric[],
        p_known_at => '2024-02-05 08:00+07') from generate_series(1, 3) i;
create temporary view run as select link - (select min(link) - 1 from ingest.chain where linked_at = '2024-02-05 08:00+07') as n, run_id, link
from ingest.chain where linked_at = '2024-02-05 08:00+07';

select is((select count(*) from run), 3::bigint, 'one link for each run that ended');
select is_empty('select * from ingest.verify_chain()', 'a chain that nobody touched is whole');
select results_eq('select is_known from ingest.chain_state((select encode(hash, ''hex'') from ingest.chain order by link desc limit 1 offset 1))',
        array[true], 'a hash that was noted before is one of the chain');
select results_eq('select is_known from ingest.chain_state(repeat(''ab'', 32))', array[false], 'another is not');
select is(pg_temp.after('delete from ingest.run where run_id = (select run_id from run where n = 2)'),
        'the record of run RUN (try/try) is missing', 'a run record that was removed');
select is(pg_temp.after('update ingest.run set samples = 7 where run_id = (select run_id from run where n = 2)'),
        'the record of run RUN (try/try), or a request of it, was changed', 'that was changed');
select is(pg_temp.after('update ingest.request set sha256 = sha256(''x'') where run_id = (select run_id from run where n = 2)'),
        'the record of run RUN (try/try), or a request of it, was changed', 'a request that was changed');
select is(pg_temp.after('update ingest.request set stored = false, withheld = true where run_id = (select run_id from run where n = 2)'),
        'the record of run RUN (try/try), or a request of it, was changed', 'a body declared withheld afterwards');
select is((select count(*) from ingest.request where withheld), ingest.withheld_replies(), 'what was withheld is counted');
select alike(pg_temp.after('delete from ingest.chain where link = (select link from run where n = 2)'), 'links % to % are missing', 'a link in the middle');
select alike(pg_temp.after('delete from ingest.chain where link = (select link from run where n = 3)'), 'the last link, %, is missing', 'the last link');
select is(pg_temp.after('update ingest.chain set digest = sha256(''x'') where link = (select link from run where n = 2)'),
        'the link of run RUN (try/try) was changed', 'a link that was changed');
select is(pg_temp.after($$insert into ingest.run (run, connector, stream, started_at, ended_at, state)
        values (gen_random_uuid(), 'try', 'try', '2024-12-13 00:00+00', '2024-12-13 00:01+00', 'ok')$$),
        'run RUN (try/try) ended and has no link', 'a run that was slipped in');
select alike(pg_temp.after('delete from ingest.payload'), 'the body abab% of request 1 of run RUN (try/try) is missing', 'a body that was removed');
select is(pg_temp.after($$delete from ingest.run; delete from ingest.request; delete from ingest.payload;
        insert into ingest.retired values ('ingest.run_m202412', 'ingest.run', '2024-12-01 00:00+00', '2025-01-01 00:00+00', now())$$),
        'whole', 'what retention dropped is no break');

select * from finish();
rollback;
