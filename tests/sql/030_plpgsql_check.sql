-- Every plpgsql function names things that exist, with types that fit.
begin;
select plan(1);

create extension plpgsql_check;
select is_empty($$
        select p.oid::regprocedure, c.lineno, c.level, c.message
        from pg_proc p
        left join pg_trigger t on t.tgfoid = p.oid
        cross join lateral plpgsql_check_function_tb(p.oid, coalesce(t.tgrelid, 0), performance_warnings => false, extra_warnings => true) c
        where p.pronamespace::regnamespace::text in ('meta', 'registry', 'ingest', 'fact', 'comply', 'api_v1')
                and p.prolang = (select l.oid from pg_language l where l.lanname = 'plpgsql')
$$, 'plpgsql_check finds nothing');

select * from finish();
rollback;
