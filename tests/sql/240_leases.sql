-- Connectors shared by instances: who holds what, and what a holder may still deliver when another one has followed.
begin;
select plan(24);

-- Shares: a function of who lives and of the groups, alike for whoever asks.
select is((select count(distinct owner) from ingest.shares('{a,b,c,d}', (select array_agg('h' || i) from generate_series(1, 200) i))), 4::bigint, 'everybody gets work');
select results_eq($$select i, g, (select max(n) - min(n) from (select count(s.group_name) as n from unnest((array['a', 'b', 'c', 'd', 'e'])[:i]) as who
                left join ingest.shares((array['a', 'b', 'c', 'd', 'e'])[:i], (select array_agg('h' || k) from generate_series(1, g) k)) s on s.owner = who group by who) x)
                from generate_series(1, 5) i, unnest('{5,12,40,41,200}'::integer[]) g order by 1, 2$$,
        $$select i, g, sign(g % i)::bigint from generate_series(1, 5) i, unnest('{5,12,40,41,200}'::integer[]) g order by 1, 2$$, 'groups that are alike are dealt out evenly, but for one');
select results_eq($$select max(w) - min(w) <= 30, sum(w) from (select sum(x.weight) as w
                from ingest.shares('{a,b,c}', (select array_agg('h' || k) from generate_series(1, 60) k), (select array_agg(case when k % 20 = 0 then 30 else 1 + k % 3 end) from generate_series(1, 60) k)) s
                join (select 'h' || k as name, case when k % 20 = 0 then 30 else 1 + k % 3 end as weight from generate_series(1, 60) k) x on x.name = s.group_name group by s.owner) y$$,
        $$values (true, 204::numeric)$$, 'with weights, no two differ by more than the heaviest group');
select results_eq($$select sum(case group_name when 'heavy' then 12 else 1 end) from ingest.shares('{a,b}', '{heavy,h1,h2,h3,h4,h5,h6,h7,h8,h9,h10,h11,h12}', '{12,1,1,1,1,1,1,1,1,1,1,1,1}') group by owner$$,
        $$values (12::bigint), (12)$$, 'one connector with many streams weighs as many with one each');
select is((select count(distinct owner) from ingest.shares('{a,b,c}', '{h,h,i,i}')), 2::bigint, 'who finds no group left has nothing');
select cmp_ok((select count(*) from ingest.shares('{a,b,c,d}', (select array_agg('h' || i) from generate_series(1, 200) i)) x
        join ingest.shares('{a,b,c}', (select array_agg('h' || i) from generate_series(1, 200) i)) y using (group_name)
        where x.owner <> 'd' and x.owner <> y.owner), '<', 40::bigint, 'when one dies, what the others had moves little');
select is((select count(*) from ingest.shares('{a,b}', '{h,h,h,h}')), 1::bigint, 'a group stays together');
select is((select count(*) from ingest.shares('{a}', '{}')), 0::bigint, 'nothing to share');

select results_eq($$select connector, fence, is_new from ingest.share('one', '00000000-0000-4000-8000-00000000000a', '{c,d}', '{h,i}', '{f,f}') order by 1$$,
        $$values ('c', 1::bigint, true), ('d', 1, true)$$, 'alone, an instance takes all');
select results_eq($$select connector, fence, is_new from ingest.share('one', '00000000-0000-4000-8000-00000000000a', '{c,d}', '{h,i}', '{f,f}') order by 1$$,
        $$values ('c', 1::bigint, false), ('d', 1, false)$$, 'and holds it');
select results_eq($$select connector from ingest.share('one', '00000000-0000-4000-8000-00000000000a', '{d}', '{i}', '{f}')$$, $$values ('d')$$, 'what is not configured any more is let go');
select results_eq($$select connector, fence from ingest.share('one', '00000000-0000-4000-8000-00000000000a', '{c,d}', '{h,i}', '{f,f}') where is_new$$,
        $$values ('c', 2::bigint)$$, 'taken again, the number has grown');

-- Another instance comes (its lock is this session's, which makes no difference to who lives).
insert into ingest.instance (name, spool, since) values ('two', '00000000-0000-4000-8000-00000000000c', now());
select pg_advisory_lock(1670001, instance_id) from ingest.instance where name = 'two';
create function pg_temp.look(p_busy boolean[]) returns table (connector text, fence bigint, is_new boolean, is_wanted boolean) language sql as $$
        select * from ingest.share('one', '00000000-0000-4000-8000-00000000000a', '{c,d,e,f}', '{h,h,i,i}', p_busy)
$$;
select is((select count(*) from pg_temp.look('{t,t,t,t}') where connector in ('c', 'd')), 2::bigint, 'what is busy is not let go');
select is((select count(*) from pg_temp.look('{t,f,t,f}') where connector in ('c', 'd')), 2::bigint, 'nor what shares a host with it');
select results_eq($$select (select count(*) from pg_temp.look('{f,f,f,f}')), (select count(distinct connector in ('c', 'd')) from pg_temp.look('{f,f,f,f}'))$$,
        $$values (2::bigint, 1::bigint)$$, 'one of two hosts is left, with all its connectors');
select pg_advisory_unlock(1670001, instance_id) from ingest.instance where name = 'two';
select is((select count(*) from pg_temp.look('{f,f,f,f}') where fence > 0 and is_wanted), 4::bigint, 'alone again, it takes all');
update ingest.lease set fence = 2 where connector = 'c';

create function pg_temp.deliver(p_seq bigint, p_fence bigint, p_started text, p_value numeric, p_cursor text, p_month date default '2024-01-01')
returns text language sql as $$
        select format('%s %s %s', d.outcome, d.observations, d.unchanged)
        from ingest.deliver('00000000-0000-4000-8000-00000000000b', '2024-03-05 08:00+07'::timestamptz + p_seq * interval '1 minute', array[p_seq],
                jsonb_build_array(jsonb_build_object('parcel', 1, 'run', format('00000000-0000-4000-9000-%s', lpad(p_seq::text, 12, '0')), 'connector', 'c', 'stream', 's',
                        'started_at', p_started, 'ended_at', p_started, 'state', 'ok', 'pages', 1, 'records', 1, 'samples', 1, 'rejects', 0, 'fence', p_fence)),
                '[]', '{}', '{}', '{}', '{t.lease}', '{nt-so-y-te}', '{month}', '{calendar}', array[p_month], array[(p_month + interval '1 month')::date - 1], '{false}',
                array[format('00000000-0000-4000-9000-%s', lpad(p_seq::text, 12, '0'))::uuid], '{1}', '{1}', '{1}', '{1}', '{1}', array[p_value], '{null}', '{null}', '{null}', '{1}', '{1}',
                '[]', jsonb_build_array(jsonb_build_object('parcel', 1, 'connector', 'c', 'stream', 's', 'partition', '', 'value', p_cursor))) d
$$;
create temporary view believed as select value from api_v1.figures where metric = 't.lease' and is_newest and period_from = '2024-01-01';

select is(pg_temp.deliver(1, 2, '2024-03-05T00:00:00Z', 5, 'two'), 'committed 1 0', 'the holder delivers');
-- The holder asked at 01:00, was cut off, and another one took over and asked at 02:00.
update ingest.lease set fence = 3 where connector = 'c';
select is(pg_temp.deliver(2, 3, '2024-03-05T02:00:00Z', 7, 'three'), 'committed 1 0', 'its successor delivers');
select is(pg_temp.deliver(3, 2, '2024-03-05T01:00:00Z', 6, 'late'), 'committed 0 0', 'what the old one asked before is late');
select is((select value from believed), 7::numeric, 'and overrules nothing that was stated later');
select is((select value from ingest.cursor where connector = 'c'), 'three', 'nor moves a cursor');
select is(pg_temp.deliver(4, 2, '2024-03-05T01:00:00Z', 9, 'late', '2024-02-01'), 'committed 1 0', 'a figure that nobody else brought is not lost');
select results_eq($$select is_late, count(*) from api_v1.runs where connector = 'c' group by 1 order by 1$$, $$values (false, 2::bigint), (true, 2)$$, 'runs say that they came late');
select is(pg_temp.deliver(5, null, '2024-03-05T03:00:00Z', 8, 'alone'), 'committed 1 0', 'where nothing is shared, nothing is late');

select * from finish();
rollback;
