-- Whatever way a batch takes: figures stated several times in it, new and known ones mixed, all leave what one statement after the other would have left.
begin;
select plan(14);

create temporary sequence parcels;
-- Values by key: unit and month from 2034 on stand for a key; a batch states them in this order.
create function pg_temp.state(p_keys integer[], p_values numeric[]) returns text language sql as $$
        select format('%s %s %s', d.outcome, d.observations, d.unchanged)
        from (
                select array_agg((array['nt-so-y-te', 'nt-so-tttt'])[k % 2 + 1] order by o) as units,
                        array_agg((date '2034-01-01' + k / 2 * interval '1 month')::date order by o) as first, array_agg((date '2034-01-28' + k / 2 * interval '1 month')::date order by o) as last
                from unnest(p_keys) with ordinality as x(k, o)) x,
                try.deliver(array_fill('t.ways'::text, array[cardinality(p_keys)]), x.units, x.first, x.last, p_values, 'month',
                        p_spool => '00000000-0000-4000-8000-000000000205', p_seq => nextval('parcels')) d
$$;
create function pg_temp.history(p_key integer) returns text language sql as $$
        select string_agg(coalesce(f.value::text, 'null'), ' ' order by f.known_at) || case when bool_and(l.n = 1 and l.value is not distinct from f.value) filter (where f.is_newest) then '' else ', but another one is believed' end
        from api_v1.figures f
        cross join lateral (
                select count(*) as n, max(t.value) as value
                from fact.latest t
                join registry.metric m using (metric_id)
                join registry.unit u using (unit_id)
                where m.name = f.metric and u.code = f.unit and t.period_from = f.period_from) l
        where f.metric = 't.ways' and f.unit = (array['nt-so-y-te', 'nt-so-tttt'])[p_key % 2 + 1] and f.period_from = (date '2034-01-01' + p_key / 2 * interval '1 month')::date
$$;

select is(pg_temp.state('{0,1,2,3}', '{10,11,12,13}'), 'committed 4 0', 'all new');
select is(pg_temp.state('{4,5,4}', '{14,15,14}'), 'committed 2 1', 'new, one of them twice the same');
select is(pg_temp.state('{6,7,6}', '{16,17,26}'), 'committed 3 0', 'new, one of them twice, and otherwise');
select is(pg_temp.history(6), '16 26', 'the later statement is believed');
select is(pg_temp.state('{0,1,2,3}', '{10,11,12,13}'), 'committed 0 4', 'all known');
select is(pg_temp.state('{0,0,1}', '{10,10,11}'), 'committed 0 3', 'known, and one of them twice');
select is(pg_temp.state('{0,1,8}', '{20,11,18}'), 'committed 2 1', 'restated, known and new');
select is(pg_temp.state('{0,0,1}', '{20,30,11}'), 'committed 1 2', 'as believed, then otherwise');
select is(pg_temp.state('{1,0,1}', '{21,30,11}'), 'committed 2 1', 'otherwise, then as it was believed before');
select is(pg_temp.history(1), '11 21 11', 'that is two statements');
select is(pg_temp.history(0), '10 20 30', 'each restatement in its order');
select is(pg_temp.state('{2,2,2,9,9}', '{12,22,22,19,null}'), 'committed 3 2', 'everything at once');
select is(pg_temp.history(2) || '; ' || pg_temp.history(9), '12 22; 19 null', 'and nothing of it is lost or counted twice');
select is(pg_temp.state(array(select 20 + i / 2 from generate_series(0, 99) i), array(select 1 + i % 2 from generate_series(0, 99) i)), 'committed 100 0',
        'many new keys, each twice and otherwise');

select * from finish();
rollback;
