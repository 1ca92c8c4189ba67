-- What a parcel leaves out since an earlier answer said it: only where that answer is still the last one known here.
begin;
select plan(26);

create temporary sequence parcels;
-- Parcels without figures, one for each run described: outcome by outcome.
create function pg_temp.hear(p_cursors jsonb, p_n integer default 1, p_more jsonb default '{}') returns text language sql as $$
        with run as materialized (
                select i, gen_random_uuid() as run, nextval('parcels') as seq
                from generate_series(1, p_n) i
        )
        select string_agg(format('%s %s', split_part(d.outcome, ':', 1), d.unchanged), ', ' order by d.parcel)
        from (select array_agg(r.seq order by r.i) as seqs, array_agg(r.run order by r.i) as runs,
                        jsonb_agg(jsonb_build_object('parcel', r.i, 'run', r.run, 'connector', 'c', 'stream', 's', 'started_at', '2024-12-13T00:00:00Z',
                                'ended_at', '2024-12-13T00:00:01Z', 'instance', 'test', 'setup', repeat('0', 64), 'state', 'ok', 'samples', 5) || p_more order by r.i) as described
                from run r) p,
                ingest.deliver('00000000-0000-4000-8000-000000000215', '2024-12-13 08:00+07', p.seqs, p.described, '[]', '{}', '{}', '{}',
                        '{}', '{}', '{}', '{}', '{}', '{}', '{}', p.runs, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '[]',
                        (select coalesce(jsonb_agg(jsonb_build_object('connector', 'c', 'stream', 's', 'partition', 'ask:a') || c.one), '[]') from jsonb_array_elements(p_cursors) as c(one))) d
$$;
create function pg_temp.known() returns text language sql as $$
        select string_agg(c.partition || '=' || c.value, ' ' order by c.partition) from ingest.cursor c where c.connector = 'c'
$$;
create function pg_temp.confirmed() returns text language sql as $$
        select string_agg(f.unchanged::text, ' ' order by f.seq) from fact.confirmed f where f.spool = '00000000-0000-4000-8000-000000000215'
$$;

select is(pg_temp.hear('[{"parcel": 1, "value": "one"}]'), 'committed 0', 'an answer');
select is(pg_temp.known(), 'ask:a=one', 'is known');
select is(pg_temp.hear('[{"parcel": 1, "was": "one"}]', p_more => '{"state": "unchanged"}'), 'committed 0', 'the same answer again relies on it');
select is(pg_temp.confirmed(), '0', 'and confirms it');
select is(pg_temp.hear('[{"parcel": 1, "was": "one"}, {"parcel": 1, "value": "two"}]', p_more => '{"known": 4}'), 'committed 4', 'another one that says much the same');
select is(pg_temp.confirmed() || ' ' || pg_temp.known(), '0 4 ask:a=two', 'counts what it left out, and is what is known now');
select is(pg_temp.hear('[{"parcel": 1, "was": "one"}, {"parcel": 1, "value": "three"}]', p_more => '{"known": 4}'), 'unproven 4', 'what relies on an older answer is not believed');
select is(pg_temp.confirmed(), '0 4', 'it confirms nothing');
select is(pg_temp.known(), null, 'and neither its answer is known nor the one before');
select is(pg_temp.hear('[{"parcel": 1, "was": "three"}]', p_more => '{"state": "unchanged"}'), 'unproven 0', 'nor is what relies on it');
select is(pg_temp.confirmed(), '0 4', 'the same');

-- Several in one batch.
select is(pg_temp.hear('[{"parcel": 1, "value": "v1"}, {"parcel": 2, "was": "v1"}, {"parcel": 2, "value": "v2"}, {"parcel": 3, "was": "v2"}]', 3), 'committed 0, committed 0, committed 0',
        'an answer may rely on one that came just before');
select is(pg_temp.known(), 'ask:a=v2', 'the last one is known');
select is(pg_temp.hear('[{"parcel": 1, "was": "v1"}, {"parcel": 1, "value": "v3"}, {"parcel": 2, "was": "v3"}, {"parcel": 3, "was": "v2"}]', 3), 'unproven 0, unproven 0, unproven 0',
        'behind one that does not hold none does');
select is(pg_temp.known(), null, 'nothing is known');
select is(pg_temp.hear('[{"parcel": 1, "value": "v4"}, {"parcel": 2, "was": "x", "partition": "ask:b"}, {"parcel": 3, "was": "v4"}]', 3), 'committed 0, unproven 0, committed 0',
        'each ask for itself');
select is(pg_temp.known(), 'ask:a=v4', 'the other one stays known');
select is(pg_temp.hear('[{"parcel": 1, "value": ""}, {"parcel": 2, "was": "v4"}]', 2), 'committed 0, unproven 0', 'an answer that came in part takes away what was known');

-- What else states figures of the connector.
create function pg_temp.state(p_value numeric, p_cursors jsonb, p_more jsonb) returns text language sql as $$
        with run as materialized (
                select gen_random_uuid() as run, nextval('parcels') as seq
        )
        select format('%s %s', split_part(d.outcome, ':', 1), d.observations)
        from run r, ingest.deliver('00000000-0000-4000-8000-000000000215', '2024-12-13 08:00+07', array[r.seq],
                jsonb_build_array(jsonb_build_object('parcel', 1, 'run', r.run, 'connector', 'c', 'stream', 's', 'started_at', '2024-12-13T00:00:00Z',
                        'ended_at', '2024-12-13T00:00:01Z', 'instance', 'test', 'setup', repeat('0', 64), 'state', 'ok', 'samples', 1) || p_more),
                '[]', '{}', '{}', '{}', '{t.claim}', '{nt-so-y-te}', '{month}', '{calendar}', '{2024-11-01}', '{2024-11-30}', '{false}', array[r.run],
                '{1}', '{1}', '{1}', '{1}', '{1}', array[p_value], '{}', '{}', '{}', '{}', '{}', '[]', p_cursors) d
$$;
select is(pg_temp.state(5, '[{"parcel": 1, "connector": "c", "stream": "s", "partition": "ask:a", "value": "v5"}, {"parcel": 1, "connector": "c", "stream": "s", "partition": "", "value": "2024-11-30"}]', '{}'),
        'committed 1', 'a figure');
select is(pg_temp.state(5, '[]', '{"cause": "replay", "stated_at": "2024-12-14T00:00:00Z", "replays": "00000000-0000-4000-8000-000000000001"}'), 'committed 0', 'a replay that says the same');
select is(pg_temp.known(), '=2024-11-30 ask:a=v5', 'leaves what is known');
select is(pg_temp.state(6, '[]', '{"cause": "replay", "stated_at": "2024-12-14T00:00:00Z", "replays": "00000000-0000-4000-8000-000000000001"}'), 'committed 1', 'one that says something else');
select is(pg_temp.known(), '=2024-11-30', 'lets the source be heard again; how far the stream is stays');
select is(pg_temp.hear('[{"parcel": 1, "was": "v5"}]', p_more => '{"state": "unchanged"}'), 'unproven 0', 'its next word is not the last one any more');
select is(pg_temp.state(7, '[{"parcel": 1, "connector": "c", "stream": "s", "partition": "ask:a", "value": "v6"}]', '{}') || ' ' || pg_temp.known(), 'committed 1 =2024-11-30 ask:a=v6', 'read whole, it is');
select is(pg_temp.state(8, '[]', '{"late": true, "started_at": "2024-12-12T00:00:00Z"}') || ' ' || pg_temp.known(), 'committed 0 =2024-11-30 ask:a=v6', 'what comes late and is overruled takes nothing away');

select * from finish();
rollback;
