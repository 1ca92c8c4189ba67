-- Checks of plausibility: compared with what is known and never with what was set aside; flagged, set aside, or kept out with all of the run.
begin;
select plan(50);

-- One run of stream p_stream: figures of one unit by metric and month, with these checks. Months are of 2023; day: cumulative from January on.
create function pg_temp.poll(p_seq bigint, p_checks jsonb, p_metric text[], p_month integer[], p_value numeric[], p_blocks integer default 0,
        p_cumulative boolean default false, p_quality text default null, p_state text default 'ok', p_replays uuid default null,
        p_started timestamptz default null, p_stream text default 's')
returns text language sql as $$
        with run (run, started) as (
                select md5(p_stream || p_seq)::uuid, coalesce(p_started, timestamptz '2024-01-01 00:00+00' + p_seq * interval '1 hour')
        )
        select format('%s %s %s', d.outcome, d.observations, d.unchanged)
        from run, ingest.deliver('00000000-0000-4000-8000-0000000000bb', run.started + interval '1 minute', array[p_seq],
                jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('parcel', 1, 'run', run.run, 'connector', 'plausible', 'stream', p_stream,
                        'started_at', run.started, 'ended_at', run.started, 'state', p_state, 'pages', 1, 'records', 1, 'samples', 1, 'rejects', 0,
                        'checks', p_checks, 'blocks', p_blocks, 'cause', case when p_replays is not null then 'replay' end, 'replays', p_replays))),
                '[]', '{}', '{}', '{}',
                p_metric, array['nt-so-y-te'],
                (select array_agg(case when p_cumulative then 'year' else 'month' end) from unnest(p_month)),
                (select array_agg('calendar'::text) from unnest(p_month)),
                (select array_agg(case when p_cumulative then date '2023-01-01' else make_date(2023, m, 1) end) from unnest(p_month) m),
                (select array_agg((make_date(2023, m, 1) + interval '1 month')::date - 1) from unnest(p_month) m),
                (select array_agg(p_cumulative) from unnest(p_month)),
                array[run.run],
                (select array_agg(1) from unnest(p_value)), (select array_agg(1) from unnest(p_value)),
                (select array_agg(least(i, cardinality(p_metric))) from generate_subscripts(p_value, 1) i),
                (select array_agg(1) from unnest(p_value)),
                (select array_agg(i::integer) from generate_subscripts(p_value, 1) i),
                p_value,
                (select array_agg(null::timestamptz) from unnest(p_value)), (select array_agg(p_quality) from unnest(p_value)),
                (select array_agg(null::text) from unnest(p_value)), (select array_agg(1) from unnest(p_value)),
                (select array_agg(i::bigint) from generate_subscripts(p_value, 1) i),
                '[]', jsonb_build_array(
                        jsonb_build_object('parcel', 1, 'connector', 'plausible', 'stream', p_stream, 'partition', '', 'value', p_seq::text),
                        jsonb_build_object('parcel', 1, 'connector', 'plausible', 'stream', p_stream, 'partition', 'backfill:x', 'value', p_seq::text))) d
$$;
create function pg_temp.rule(p_metric text, p_check text, p_action text, p_bound text default null, p_percent boolean default false, p_other text default null,
        p_min text default null, p_max text default null)
returns jsonb language sql as $$
        select jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('metric', p_metric, 'check', p_check, 'action', p_action, 'bound', p_bound,
                'percent', p_percent, 'other', p_other, 'min', p_min, 'max', p_max)))
$$;
create function pg_temp.figure(p_metric text, p_month integer)
returns text language sql stable as $$
        select concat_ws(' ', f.value, f.quality)
        from api_v1.figures f
        where f.metric = p_metric and f.unit = 'nt-so-y-te' and f.is_newest and f.period_to = (make_date(2023, p_month, 1) + interval '1 month')::date - 1
$$;
create function pg_temp.waiting(p_metric text)
returns bigint language sql stable as $$ select count(*) from api_v1.rejects r where r.field = p_metric and r.outcome is null $$;
create function pg_temp.cursor(p_partition text, p_stream text default 's')
returns text language sql stable as $$
        select c.value from ingest.cursors() c where c.connector = 'plausible' and c.stream = p_stream and c.partition = p_partition
$$;

-- A jump in percent.
create temporary view percent as select pg_temp.rule('p.jump', 'jump', 'quarantine', '50', true) as checks;
select is(pg_temp.poll(1, checks, '{p.jump}', '{1}', '{100}'), 'committed 1 0', 'the first figure has nothing to be compared with') from percent;
select is(pg_temp.poll(2, checks, '{p.jump}', '{2}', '{150}'), 'committed 1 0', 'half as much again is not more than 50 %') from percent;
select is(pg_temp.poll(3, checks, '{p.jump}', '{3}', '{226}'),
        'checked: 1 figures set aside, 0 flagged, the first one: check jump: 226 after 150 (to 2023-02-28), more than 50 % 0 0',
        'a greater change is set aside, and told') from percent;
select is(pg_temp.figure('p.jump', 3), null, 'it is no figure');
select results_eq($$select reason, unit_code, detail from api_v1.rejects where field = 'p.jump'$$,
        $$values ('jump', 'nt-so-y-te', 'check jump: 226 after 150 (to 2023-02-28), more than 50 %')$$, 'it waits in quarantine, with the reason');
select alike(pg_temp.poll(4, checks, '{p.jump}', '{3}', '{226}'), 'checked: %', 'told again as long as the source says so') from percent;
select is(pg_temp.waiting('p.jump'), 1::bigint, 'but it waits there once');
select is(pg_temp.cursor(''), '4', 'the cursor goes on');
select is(pg_temp.poll(5, checks, '{p.jump}', '{4}', '{160}'), 'committed 1 0', 'what was set aside is not known: April is compared with February') from percent;
select results_eq($$select accepted, overruled, without_figure from ingest.accept_rejects(null, 'plausible', 'jump', null, 'thu', '2024-01-02 00:00+00')$$,
        $$values (1::bigint, 0::bigint, 0::bigint)$$, 'somebody vouches for it');
select is(pg_temp.figure('p.jump', 3), '226', 'then it is a figure');
select results_eq($$select outcome, settled_by from api_v1.rejects where field = 'p.jump'$$, $$values ('accepted', 'thu')$$, 'and who it was stays written');
select is(pg_temp.poll(6, checks, '{p.jump}', '{3}', '{226}'), 'committed 0 1', 'the source repeats it: that is known') from percent;
select is(pg_temp.poll(7, checks, '{p.jump}', '{3}', '{null}'), 'committed 1 0', 'no figure is no jump') from percent;
select is(pg_temp.poll(8, '[]', '{p.jump}', '{3}', '{9000}'), 'committed 1 0', 'checks are asked for or not made');

-- Absolute, flagged.
create temporary view flagged as select pg_temp.rule('p.flag', 'jump', 'warn', '10') as checks;
select is(pg_temp.poll(10, checks, '{p.flag}', '{1,2,3}', '{100,120,121}'),
        'checked: 0 figures set aside, 1 flagged, the first one: check jump: 120 after 100 (to 2023-01-31), more than 10 3 0',
        'within one delivery each is compared with the one before') from flagged;
select is(pg_temp.figure('p.flag', 2), '120 check jump: 120 after 100 (to 2023-01-31), more than 10', 'stored, with what was found');
select is(pg_temp.poll(11, checks, '{p.flag}', '{1,2,3}', '{100,120,121}'), 'committed 0 3', 'the same again is no news, and keeps its flag') from flagged;
select is(pg_temp.poll(13, checks, '{p.flag}', '{2}', '{119}', p_quality => 'tạm tính'), 'committed 1 0', 'a correction is compared with what it corrects') from flagged;
select is(pg_temp.figure('p.flag', 2), '119 tạm tính', 'and loses the flag');
select alike(pg_temp.poll(14, checks, '{p.flag}', '{2}', '{190}', p_quality => 'tạm tính'), 'checked: 0 figures set aside, 1 flagged%', 'a large one is flagged') from flagged;
select is(pg_temp.figure('p.flag', 2), '190 tạm tính; check jump: 190 after 119 (to 2023-02-28), more than 10', 'beside what the source says itself');

-- A counter of the year.
create temporary view year as select pg_temp.rule('p.year', 'monotone', 'quarantine') as checks;
select is(pg_temp.poll(20, checks, '{p.year}', '{1,2}', '{10,30}', p_cumulative => true), 'committed 2 0', 'it grows') from year;
select alike(pg_temp.poll(21, checks, '{p.year}', '{3}', '{29}', p_cumulative => true), 'checked: 1 figures set aside, 0 flagged, the first one: check monotone: 29 after 30%', 'it may not fall') from year;
select is(pg_temp.poll(22, checks, '{p.year}', '{3}', '{30}', p_cumulative => true), 'committed 1 0', 'it may stand still') from year;
select is(pg_temp.poll(23, pg_temp.rule('p.month', 'monotone', 'quarantine'), '{p.month}', '{1,2}', '{10,3}'), 'committed 2 0', 'another month is another count');
select alike(pg_temp.poll(24, pg_temp.rule('p.month', 'monotone', 'quarantine'), '{p.month}', '{2}', '{2}'), 'checked: 1%', 'the same month may not fall');

-- Numerator and denominator.
create temporary view share as select pg_temp.rule('p.part', 'not_above', 'quarantine', p_other => 'p.whole') as checks;
select is(pg_temp.poll(30, checks, '{p.part}', '{1}', '{5}'), 'committed 1 0', 'of what is not known nothing is said') from share;
select alike(pg_temp.poll(31, checks, '{p.part,p.whole}', '{1,1}', '{7,6}'), 'checked: 1 figures set aside, 0 flagged, the first one: check not_above: 7 is more than 6 of p.whole 1 0',
        'the part is more than the whole of the same reply') from share;
select is(pg_temp.poll(32, checks, '{p.part}', '{1}', '{6}'), 'committed 1 0', 'all of it may be meant') from share;
select alike(pg_temp.poll(33, checks, '{p.part}', '{1}', '{8}'), 'checked: 1%', 'where the reply does not tell the whole, the last known one counts') from share;
select is(pg_temp.poll(34, checks, '{p.part,p.whole}', '{1,1}', '{8,null}'), 'committed 2 0', 'the source takes the whole back: nothing is said') from share;

-- A range, and several checks at once: the strictest action counts, all that was found is told.
select is(pg_temp.poll(40, pg_temp.rule('p.two', 'range', 'warn', p_min => '0', p_max => '100') || pg_temp.rule('p.two', 'jump', 'quarantine', '20'), '{p.two}', '{1,2}', '{90,120}'),
        'checked: 1 figures set aside, 0 flagged, the first one: check range: 120 is more than 100; check jump: 120 after 90 (to 2023-01-31), more than 20 1 0',
        'both are told');
select is(pg_temp.poll(41, pg_temp.rule('p.two', 'range', 'warn', p_min => '0', p_max => '100'), '{p.two}', '{2}', '{-1}'),
        'checked: 0 figures set aside, 1 flagged, the first one: check range: -1 is less than 0 1 0', 'below the range');


select results_eq($$select accepted, overruled from ingest.accept_rejects(null, 'plausible', 'range', null, 'thu', '2024-01-20 00:00+00')$$, $$values (0::bigint, 0::bigint)$$,
        'what is flagged does not wait');
select is(pg_temp.poll(42, pg_temp.rule('p.two', 'range', 'block', p_min => '0', p_max => '100'), '{p.two}', '{2}', '{-1}'),
        'committed 0 1', 'what is believed is not doubted anew, and keeps what was found of it');

-- A run that is blocked.
create temporary view strict as select pg_temp.rule('p.strict', 'monotone', 'block') as checks;
select is(pg_temp.poll(50, checks, '{p.strict,p.beside}', '{1,1}', '{10,1}', p_stream => 'b'), 'committed 2 0', 'all is well') from strict;
select is(pg_temp.poll(51, checks, '{p.strict,p.beside}', '{1,1}', '{9,2}', p_stream => 'b'),
        'blocked: 1 figures do not pass, the first one: monotone: check monotone: 9 after 10 (to 2023-01-31) 0 0', 'a count that falls keeps the run out') from strict;
select is(pg_temp.figure('p.beside', 1), '1', 'with all else that it brought');
select is(pg_temp.cursor('', 'b') || pg_temp.cursor('backfill:x', 'b'), '5050', 'no cursor moves');
select results_eq($$select r.state, r.failure_class, r.failure_story from api_v1.runs r where r.run = md5('b51')::uuid$$,
        $$values ('failed', 'reply', 'blocked by a check: 1 figures do not pass, the first one: monotone: check monotone: 9 after 10 (to 2023-01-31)')$$, 'the run has failed, and says so');
select is(pg_temp.waiting('p.strict'), 1::bigint, 'the figure waits in quarantine');
select is(pg_temp.poll(52, checks, '{p.strict}', '{2}', '{3}', p_stream => 'b'), 'committed 1 0', 'what is polled before the daemon knows is taken in') from strict;
select is(pg_temp.cursor('', 'b'), '50', 'but moves no cursor over the gap');
select is(pg_temp.poll(53, checks, '{p.strict}', '{2}', '{3}', p_stream => 'b', p_blocks => 1), 'committed 0 1', 'a run that began afterwards') from strict;
select is(pg_temp.cursor('', 'b'), '53', 'moves it');
select is((select count(*) from ingest.verify_chain()), 0::bigint, 'the chain holds what became of the runs');
select results_eq($$select accepted, overruled from ingest.accept_rejects(null, 'plausible', 'monotone', null, 'thu', '2024-01-20 00:00+00')$$, $$values (2::bigint, 1::bigint)$$,
        'accepted unless the source has stated something else since');
select is(pg_temp.poll(54, checks, '{p.strict,p.beside}', '{1,1}', '{9,2}', p_stream => 'b', p_blocks => 1), 'committed 1 1', 'then the same reply passes') from strict;

-- A replay: what was overruled meanwhile is no matter any more.
select is(pg_temp.poll(55, checks, '{p.strict}', '{1}', '{4}', p_stream => 'b', p_blocks => 1, p_replays => md5('b50')::uuid, p_started => '2023-12-01 00:00+00'), 'committed 0 0',
        'an old reply that nobody believes any more blocks nothing') from strict;

select * from finish();
rollback;
