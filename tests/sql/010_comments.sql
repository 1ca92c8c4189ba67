-- Everything a reader can see says what it is.
begin;
select plan(3);

select is_empty($$
        select c.oid::regclass::text, a.attname
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace = 'api_v1'::regnamespace
                and coalesce(col_description(c.oid, a.attnum), '') = ''
        union all
        select c.oid::regclass::text, null
        from pg_class c
        where c.relnamespace = 'api_v1'::regnamespace
                and coalesce(obj_description(c.oid, 'pg_class'), '') = ''
$$, 'every view of api_v1 and every column of it has a comment');
select is_empty($$
        select p.oid::regprocedure
        from pg_proc p
        where p.pronamespace::regnamespace::text in ('meta', 'registry', 'ingest', 'fact', 'comply', 'api_v1')
                and coalesce(obj_description(p.oid, 'pg_proc'), '') = ''
$$, 'every function has a comment');
select is_empty($$
        select c.oid::regclass
        from pg_class c
        where c.relnamespace::regnamespace::text in ('meta', 'registry', 'ingest', 'fact', 'comply')
                and c.relkind in ('r', 'p')
                and not c.relispartition
                and coalesce(obj_description(c.oid, 'pg_class'), '') = ''
$$, 'every table has a comment');

select * from finish();
rollback;
