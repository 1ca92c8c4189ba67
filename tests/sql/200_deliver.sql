-- ingest.deliver: whole or not at all, never twice, nothing for what is known, every restatement kept.
begin;
select plan(49);

create temporary table told as
select * from try.deliver(array['t.a', 't.a'], array['nt-so-y-te', 'nt-so-tttt'], array[date '2024-01-01', '2024-01-01'],
        array[date '2024-01-31', '2024-01-31'], array[5, 7]::numeric[], p_known_at => '2024-02-05 08:00+07',
        p_spool => '00000000-0000-4000-8000-000000000001');
create function pg_temp.again(p_value numeric[], p_seq bigint, p_known_at timestamptz default '2024-02-06 08:00+07',
        p_observed_at timestamptz default null, p_quality text default null, p_evidence text default null)
returns text language sql as $$
        select format('%s %s %s', d.outcome, d.observations, d.unchanged)
        from try.deliver(array['t.a', 't.a'], array['nt-so-y-te', 'nt-so-tttt'], array[date '2024-01-01', '2024-01-01'],
                array[date '2024-01-31', '2024-01-31'], p_value, p_known_at => p_known_at, p_observed_at => p_observed_at,
                p_quality => p_quality, p_evidence => p_evidence, p_spool => '00000000-0000-4000-8000-000000000001', p_seq => p_seq) d
$$;
create temporary view seen as
select unit, value, known_at, is_newest from api_v1.figures where metric = 't.a' order by unit, known_at;

select row_eq('table told', row ('committed', 2, 0)::told, 'two new figures');
select results_eq('select unit, value from seen', $$values ('nt-so-tttt', 7::numeric), ('nt-so-y-te', 5)$$, 'they are there');
select is(pg_temp.again(array[9, 9], 1), 'already 0 0', 'the same parcel again is skipped, whatever it says');
select is((select count(*) from seen), 2::bigint, 'and left no trace');
select is((select count(*) from api_v1.runs where stream = 'try'), 1::bigint, 'not even a run');
delete from comply.dirty;
select is(pg_temp.again(array[5, 7], 2), 'committed 0 2', 'the same values write nothing');
select is((select sum(unchanged) from fact.confirmed), 2::bigint, 'but the run confirms them');
select is((select count(*) from comply.dirty), 0::bigint, 'and nothing has to be computed');
select is(pg_temp.again(array[5.0, 7], 3), 'committed 0 2', '5.0 is 5');
select is(pg_temp.again(array[6, 7], 4), 'committed 1 1', 'a restated figure is a new row');
select results_eq($$select value, is_newest from seen where unit = 'nt-so-y-te'$$, $$values (5::numeric, false), (6, true)$$, 'both are kept');
select is((select count(*) from comply.dirty), 1::bigint, 'one figure to compute');
select is(pg_temp.again(array[null, 7], 5), 'committed 1 1', 'a null is a statement');
select is(pg_temp.again(array[null, 7], 6), 'committed 0 2', 'the same null again is not');
select is(pg_temp.again(array[5, 7], 7), 'committed 1 1', 'a figure that comes back is stated again');
select is((select count(*) from seen where unit = 'nt-so-y-te'), 4::bigint, 'four beliefs in a row');
select is(pg_temp.again(array[4, 7], 8, '2024-02-01 08:00+07'), 'committed 1 1', 'a clock that went back');
select is((select value from seen where unit = 'nt-so-y-te' and is_newest), 4::numeric, 'still makes the last statement the newest');
select ok((select bool_and(known_at > before) from (
        select known_at, lag(known_at) over (order by known_at) as before from seen where unit = 'nt-so-y-te') k where before is not null),
        'known_at only grows');
select is(pg_temp.again(array[4, 7], 9, p_observed_at => '2024-02-06 23:30+07'), 'committed 2 0', 'the source states when: that is newer knowledge');
select is(pg_temp.again(array[4, 7], 10, p_observed_at => '2024-02-06 00:10+07'), 'committed 0 2', 'the same day in Việt Nam is no news');
select is(pg_temp.again(array[4, 7], 11, p_observed_at => '2024-02-07 00:10+07'), 'committed 2 0', 'the next day is');
select is(pg_temp.again(array[4, 7], 12, p_observed_at => '2024-02-07 00:10+07', p_quality => 'disputed'), 'committed 2 0', 'a flag is news');
select is(pg_temp.again(array[4, 7], 13, p_observed_at => '2024-02-07 00:10+07', p_quality => 'disputed', p_evidence => 'x'),
        'committed 2 0', 'other evidence is news');

-- One batch of two parcels, the same key three times in it.
select results_eq($$
        select parcel, outcome, observations, unchanged
        from ingest.deliver('00000000-0000-4000-8000-000000000002', '2024-03-05 08:00+07', array[1, 2],
                '[{"parcel": 1, "run": "00000000-0000-4000-9000-000000000001", "connector": "c", "stream": "s", "started_at": "2024-03-05T00:00:00Z"},
                  {"parcel": 2, "run": "00000000-0000-4000-9000-000000000001", "connector": "c", "stream": "s", "started_at": "2024-03-05T00:00:00Z",
                   "ended_at": "2024-03-05T00:01:00Z", "state": "failed", "pages": 2, "records": 3, "samples": 3, "rejects": 1,
                   "failure": {"class": "http", "retryable": true, "http_status": 503, "sqlstate": null, "story": "503 from the source"}}]',
                '[]', '{}', '{}', '{}', '{t.b}', '{nt-so-y-te}', '{month}', '{calendar}', '{2024-02-01}', '{2024-02-29}', '{false}',
                '{00000000-0000-4000-9000-000000000001}',
                '{1,1,2}', '{1,1,1}', '{1,1,1}', '{1,1,1}', '{1,1,1}', '{1,1,2}', '{null,null,null}', '{null,null,null}', '{null,null,null}',
                '{1,1,1}', '{1,2,3}',
                '[{"parcel": 2, "run": "00000000-0000-4000-9000-000000000001", "request": 1, "record": 4, "reason": "bad_number", "field": "value",
                   "detail": "not a number", "excerpt": "x", "unit_code": null, "system": null}]',
                '[{"parcel": 1, "connector": "c", "stream": "s", "partition": "", "value": "1"},
                  {"parcel": 2, "connector": "c", "stream": "s", "partition": "", "value": "2"}]')
$$, $$values (1::bigint, 'committed', 1, 1), (2, 'committed', 1, 0)$$, 'within a batch: first is news, same is not, other is');
select results_eq($$select value, known_at from api_v1.figures where metric = 't.b' order by known_at$$,
        $$values (1::numeric, timestamptz '2024-03-05 08:00:00+07'), (2, '2024-03-05 08:00:00.000001+07')$$, 'the last wins, by a microsecond');
select is((select value from api_v1.figures where metric = 't.b' and is_newest), 2::numeric, 'and is the newest');
select results_eq($$select state, failure_class, failure_http_status, samples from api_v1.runs where connector = 'c'$$,
        $$values ('failed', 'http', 503, 3::bigint)$$, 'begun by one parcel, ended by the next, one run');
select is((select failure_story from api_v1.connectors where connector = 'c'), '503 from the source', 'the connector shows why');
select results_eq($$select reason, field, detail, excerpt from api_v1.rejects where connector = 'c'$$,
        $$values ('bad_number', 'value', 'not a number', 'x')$$, 'rejects are listed');
select results_eq($$select partition, value from ingest.cursors() where connector = 'c'$$, $$values ('', '2')$$, 'the later cursor stands');

-- Unknown unit, unknown metric.
select row_eq($$select outcome, observations, unchanged from try.deliver(array['t.c', 't.c'], array['nt-nobody', 'nt-so-y-te'],
        array[date '2024-01-01', '2024-01-01'], array[date '2024-01-31', '2024-01-31'], array[5, 7]::numeric[])$$,
        row ('committed', 1, 0)::told, 'an unknown unit fails no batch');
select row_eq($$select reason, unit_code, detail from api_v1.rejects where unit_code = 'nt-nobody'$$,
        row ('unit_not_in_registry'::text, 'nt-nobody'::text, 'no unit ''nt-nobody'' in the registry'::text), 'it is a reject that can be listed');
select is((select sample ->> 'value' from ingest.reject where unit_code = 'nt-nobody'), '5', 'with the whole sample');
select is((select count(*) from registry.metric where name = 't.c'), 1::bigint, 'a new metric is registered');
select is((select count(*) from api_v1.figures where metric = 't.c' and payload_sha256 = repeat('ab', 32)), 1::bigint,
        'a figure leads to its payload');

-- What cannot be stored says so with class 22 or 23, and leaves nothing.
create function pg_temp.wrong(p_metric text, p_kind text, p_from date, p_to date) returns void language sql as $$
        select try.deliver(array[p_metric], array['nt-so-y-te'], array[p_from], array[p_to], array[1]::numeric[], p_kind)
$$;
select throws_ok($$select pg_temp.wrong('t.d', 'fortnight', '2024-01-01', '2024-01-14')$$, '22023', null, 'no such kind of period');
select throws_ok($$select pg_temp.wrong('t.d', 'month', '2024-02-01', '2024-01-31')$$, '22023', null, 'a period that ends before it begins');
select throws_ok($$select pg_temp.wrong('t.d', 'month', '9999-01-01', '9999-01-31')$$, '22008', null, 'a year beyond all bounds');
select throws_ok($$select pg_temp.wrong('T D', 'month', '2024-01-01', '2024-01-31')$$, '23514', null, 'a name that is none');
select throws_ok($$select * from ingest.deliver(gen_random_uuid(), now(), '{1}', '[]', '[]', '{}', '{}', '{}', '{t.d}', '{nt-so-y-te}', '{month}',
        '{calendar}', '{2024-01-01}', '{2024-01-31}', '{false}', '{00000000-0000-4000-9000-00000000000f}', '{1}', '{1}', '{1}', '{1}', '{1}',
        '{1}', '{null}', '{null}', '{null}', '{null}', '{null}', '[]', '[]')$$, '22023',
        'run 00000000-0000-4000-9000-00000000000f is named but not described', 'a run nobody described');
select throws_ok($$select * from ingest.deliver(gen_random_uuid(), now(), '{1}', '[]', '[]', '{}', '{}', '{}', '{t.d}', '{nt-so-y-te}', '{month}',
        '{calendar}', '{2024-01-01}', '{2024-01-31}', '{false}', '{}', '{1}', '{1}', '{2}', '{1}', '{1}',
        '{1}', '{null}', '{null}', '{null}', '{null}', '{null}', '[]', '[]')$$, '22023', 'a sample points outside the dictionaries of its batch', 'a wrong number');
select is((select count(*) from registry.metric where name = 't.d'), 0::bigint, 'a refused batch leaves nothing');
select row_eq($$select outcome, observations, unchanged from ingest.deliver('00000000-0000-4000-8000-000000000003', '2024-04-05 08:00+07', '{1}',
        '[{"parcel": 1, "run": "00000000-0000-4000-9000-000000000003", "connector": "c", "stream": "s", "started_at": "2024-04-05T00:00:00Z",
        "ended_at": "2024-04-05T00:00:01Z", "state": "unchanged", "pages": 1, "records": 0, "samples": 0, "rejects": 0, "failure": null}]',
        '[]', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
        '[]', '[]')$$, row ('committed', 0, 0)::told, 'a parcel without samples');
select is((select count(*) from fact.confirmed f join ingest.run r using (run_id) where r.connector = 'c' and r.state = 'unchanged'), 1::bigint,
        'an unchanged reply is one confirmation');
select is((select state from api_v1.connectors where connector = 'c'), 'unchanged', 'and the state of its connector');

-- A partition that was analyzed while it was empty: each figure is looked up all the same, the partition is not read for it as a whole.
select ingest.make_fact_year(2033);
analyze fact.latest;
create function pg_temp.days(p_seq bigint) returns text language sql as $$
        select format('%s %s %s', d.outcome, d.observations, d.unchanged)
        from (select array_agg(date '2033-01-01' + i) as days from generate_series(0, 49) i) x,
                try.deliver(array_fill('t.e'::text, array[50]), array_fill('nt-so-y-te'::text, array[50]), x.days, x.days, array_fill(1::numeric, array[50]),
                        'day', p_spool => '00000000-0000-4000-8000-000000000004', p_seq => p_seq) d
$$;
select is(pg_temp.days(1), 'committed 50 0', 'fifty days are new');
create temporary table scans as select pg_stat_get_xact_numscans('fact.latest_y2033_pkey'::regclass) as n;
select is(format('%s, looked up %s', pg_temp.days(2), (select pg_stat_get_xact_numscans('fact.latest_y2033_pkey'::regclass) - n from scans)),
        'committed 0 50, looked up 51', 'and known, by fifty lookups and the one that says that this batch is not new');

set local role thidua_writer;
select lives_ok($$select * from ingest.deliver(gen_random_uuid(), '2031-05-01 00:00+07', '{}', '[]', '[]', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
        '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '[]', '[]')$$, 'the daemon''s role delivers');

select * from finish();
rollback;
