-- The reader sees api_v1 and nothing else; the writer calls a handful of functions and makes no objects.
begin;
select plan(17);

create temporary view mine as
select n.oid, n.nspname
from pg_namespace n
where n.nspname in ('meta', 'registry', 'ingest', 'fact', 'comply', 'api_v1');

select set_eq($$
        select c.oid::regclass::text from pg_class c join mine n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'S') and c.relkind <> 'S' and has_table_privilege('thidua_reader', c.oid, 'select')
$$, $$
        select c.oid::regclass::text from pg_class c where c.relnamespace = 'api_v1'::regnamespace and c.relkind = 'v'
$$, 'the reader may read the views of api_v1 and nothing else');
select set_eq($$
        select p.oid::regproc::text from pg_proc p join mine n on n.oid = p.pronamespace
        where has_function_privilege('thidua_reader', p.oid, 'execute') and has_schema_privilege('thidua_reader', n.oid, 'usage')
$$, array['api_v1.compliance_as_of', 'api_v1.explain', 'api_v1.excerpt', 'api_v1.render_explain', 'api_v1.render_compliance', 'api_v1.render_rejects', 'api_v1.render_quarantine', 'api_v1.reject', 'api_v1.review_diff',
        'api_v1.expected_data_as_of', 'api_v1.outlook_as_of', 'api_v1.dominance_as_of', 'api_v1.check_shortlist'], 'and call its functions');
select set_eq($$select nspname::text from mine where has_schema_privilege('thidua_reader', oid, 'usage')$$, array['api_v1'],
        'the reader enters one schema');

select set_eq($$
        select c.oid::regclass::text from pg_class c join mine n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and has_table_privilege('thidua_writer', c.oid, 'select')
$$, array['meta.applied'], 'of tables the writer reads the list of applied files alone');
select is_empty($$
        select c.oid::regclass, p.privilege from pg_class c join mine n on n.oid = c.relnamespace
        cross join (values ('insert'), ('update'), ('delete'), ('truncate')) as p(privilege)
        cross join (values ('thidua_writer'), ('thidua_reader')) as r(role)
        where c.relkind in ('r', 'p', 'v') and has_table_privilege(r.role, c.oid, p.privilege)
$$, 'nobody but the owner changes a table');
select set_eq($$
        select p.oid::regproc::text from pg_proc p join mine n on n.oid = p.pronamespace
        where has_function_privilege('thidua_writer', p.oid, 'execute') and has_schema_privilege('thidua_writer', n.oid, 'usage')
$$, array['ingest.deliver', 'ingest.make_partitions', 'ingest.retire', 'ingest.cursors', 'ingest.cursors_of', 'ingest.sessions_left', 'ingest.share', 'ingest.slot_served', 'ingest.verify_chain', 'ingest.chain_state', 'ingest.stored_bodies', 'ingest.body_user', 'ingest.about_bodies', 'ingest.withheld_replies',
        'ingest.stored_runs', 'ingest.stored_requests', 'ingest.stored_body', 'ingest.quarantine_runs', 'ingest.quarantine_count', 'ingest.settle_rejects', 'ingest.accept_rejects',
        'registry.load_units', 'registry.load_successions',
        'registry.load_codes', 'registry.load_blocks', 'registry.load_campaign', 'comply.refresh', 'comply.recompute', 'comply.tell_restated', 'comply.freeze_review',
        'api_v1.compliance_as_of', 'api_v1.explain', 'api_v1.excerpt', 'api_v1.render_explain', 'api_v1.render_compliance', 'api_v1.render_rejects', 'api_v1.render_quarantine', 'api_v1.reject', 'api_v1.review_diff',
        'api_v1.expected_data_as_of', 'api_v1.outlook_as_of', 'api_v1.dominance_as_of', 'api_v1.check_shortlist'], 'what the writer may call');
select is_empty($$
        select n.nspname from mine n
        cross join (values ('thidua_writer'), ('thidua_reader')) as r(role)
        where has_schema_privilege(r.role, n.oid, 'create')
$$, 'neither makes objects');
select set_eq($$
        select p.oid::regproc::text from pg_proc p join mine n on n.oid = p.pronamespace where p.prosecdef
$$, array['ingest.deliver', 'ingest.make_partitions', 'ingest.retire', 'ingest.cursors', 'ingest.cursors_of', 'ingest.sessions_left', 'ingest.share', 'ingest.slot_served', 'ingest.verify_chain', 'ingest.chain_state', 'ingest.stored_bodies', 'ingest.body_user', 'ingest.about_bodies', 'ingest.withheld_replies',
        'ingest.stored_runs', 'ingest.stored_requests', 'ingest.stored_body', 'ingest.quarantine_runs', 'ingest.quarantine_count', 'ingest.settle_rejects', 'ingest.accept_rejects',
        'registry.load_units', 'registry.load_successions',
        'registry.load_codes', 'registry.load_blocks', 'registry.load_campaign', 'comply.refresh', 'comply.recompute', 'comply.tell_restated', 'comply.freeze_review',
        'api_v1.compliance_as_of', 'api_v1.explain', 'api_v1.excerpt', 'api_v1.render_explain', 'api_v1.render_compliance', 'api_v1.render_rejects', 'api_v1.render_quarantine', 'api_v1.reject', 'api_v1.review_diff',
        'api_v1.expected_data_as_of', 'api_v1.outlook_as_of', 'api_v1.dominance_as_of', 'api_v1.check_shortlist'], 'only the doors run with the owner''s rights');
select is_empty($$
        select rolname from pg_roles
        where rolname in ('thidua_owner', 'thidua_writer', 'thidua_reader') and (rolcanlogin or rolsuper or rolcreaterole or rolcreatedb)
$$, 'the roles carry no login and no power of their own');

set local role thidua_reader;
select throws_ok('select * from fact.observation', '42501', null, 'the reader cannot read facts past the view');
select throws_ok('select * from registry.unit', '42501', null, 'nor the registry');
select throws_ok('select comply.refresh()', '42501', null, 'nor compute');
select lives_ok('select * from api_v1.compliance limit 1', 'compliance is readable');
select lives_ok('select * from api_v1.figures limit 1', 'figures are readable');
select lives_ok('select * from api_v1.connectors limit 1', 'connectors are readable');
set local role thidua_writer;
select throws_ok('insert into fact.observation (metric_id) values (1)', '42501', null, 'the writer writes through deliver only');
select throws_ok('create table ingest.x (y integer)', '42501', null, 'the writer makes no tables');

select * from finish();
rollback;
