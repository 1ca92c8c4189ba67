-- The same as "thiduad db init" and "thiduad db upgrade", for a DBA with nothing but psql:
--     psql -X -d thidua -f sql/install.sql
-- Printed by tests/lint/sql_install.py --write from sql/manifest; not edited by hand.

\set ON_ERROR_STOP on
\set QUIET on
set client_min_messages = warning;

-- 0001_schemas_roles.sql: makes meta.applied, so its own row goes in last.
select to_regclass('meta.applied') is null as todo \gset
\if :todo
begin;
\ir once/0001_schemas_roles.sql
insert into meta.applied (name, sha256) values ('0001_schemas_roles.sql', '40fac673c87a72b8bb3df8ec332a92a5b5060445f336c15ac71a1e0026251301');
commit;
\endif

do $$
declare
        v_name text;
begin
        select a.name into v_name
        from meta.applied a
        left join (values
                ('0001_schemas_roles.sql', '40fac673c87a72b8bb3df8ec332a92a5b5060445f336c15ac71a1e0026251301'),
                ('0002_registry.sql', 'b6967b899572790cfc7183468acacaad851d8ce30f2854a5e55e72caa1019e36'),
                ('0003_ingest.sql', '360f22d6ce49d823f0dbaa176d120ceb02dc304f403e18c2ea61523f39c64f67'),
                ('0004_fact.sql', '2debd70111b659138df79a93673585cc87999f39a0563a57c87640f64f45ef15'),
                ('0005_comply.sql', '1a9a052b5b472aa8fd094355d4552cd3bb07b4f574934d604abc52ad9e701783'),
                ('0006_evidence.sql', 'd3aad7011bb2f554ee7434ca011645010b5bf3f21c2612d75c4634f2e2412055'),
                ('0007_reviews.sql', '9e385cfaf4fca72eb5d44c23272154f79c2ff36f3a97766e8e1f0a74905518d3'),
                ('0008_instances.sql', '887a6461d8a17b97f80a442eb635ee3152b3b2cb61b083567bf7ffd4f8ad6368'),
                ('0009_reply_head.sql', '9ff5ca9a8fbaf90b52a35d95b44f838d1a843bf451c597dcd41153d4b4e5ab98'),
                ('0010_min_coverage.sql', '364295bfbfdeee351236d3c25a893db89baf14c47497456d6d7d49180f2cf3d5'),
                ('0011_standing.sql', 'f34dc537e8731a61f67378c224db48ca77c317b50a34dfeaed8fa661a483f9b2'),
                ('0012_prospect.sql', 'fe2e45b7f93a5e62a5020627f07815d1a3c2a6ce633981bbc424db10fd220def'),
                ('0013_plausible.sql', '2d989a56b30a31b4c386215e05a56e6ec33359678b1ff69468f95e01073c4621'),
                ('0015_narrow.sql', '1cf0082d084a7454fb82e12a001356cb5f15eb61f71290a7aaf99782df3b2f63'),
                ('0016_withheld.sql', 'e403cac2ef8f4d79f25063efb1f2db5f5a4364efa7055d6a10213a18d052eacf'),
                ('0017_deadline.sql', '07fba7a4b61220b6ef33cb34352dbee7b558529bbf84de96eb3e7867c49d8203'),
                ('0018_restated.sql', 'e706d8fca4922a1b52158d52baa1168da4d92f5600a25fff36d6effcc4d0fe57'),
                ('0019_standing_entry.sql', '14e57185ea252b55e8b137840fa5f05a1e926a6597620fc6e2a3375c694b19b2'),
                ('0021_even_shares.sql', 'e63b2be42415208fcd9d443b51349c7c99274a82c2aa5b409318024569309a7e'),
                ('0022_standing_room.sql', '41f01d82c467b874a970b7819af3e76f6f98e5f7c473f40be5c9d9cf364c91e9')
        ) as m(name, sha256) using (name)
        where m.sha256 is distinct from a.sha256
        order by a.name
        limit 1;
        if found then
                raise exception 'sql/once/% is not the file that was applied to this database', v_name;
        end if;
end
$$;

select not exists (select from meta.applied where name = '0002_registry.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0002_registry.sql', 'b6967b899572790cfc7183468acacaad851d8ce30f2854a5e55e72caa1019e36');
\ir once/0002_registry.sql
commit;
\endif

select not exists (select from meta.applied where name = '0003_ingest.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0003_ingest.sql', '360f22d6ce49d823f0dbaa176d120ceb02dc304f403e18c2ea61523f39c64f67');
\ir once/0003_ingest.sql
commit;
\endif

select not exists (select from meta.applied where name = '0004_fact.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0004_fact.sql', '2debd70111b659138df79a93673585cc87999f39a0563a57c87640f64f45ef15');
\ir once/0004_fact.sql
commit;
\endif

select not exists (select from meta.applied where name = '0005_comply.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0005_comply.sql', '1a9a052b5b472aa8fd094355d4552cd3bb07b4f574934d604abc52ad9e701783');
\ir once/0005_comply.sql
commit;
\endif

select not exists (select from meta.applied where name = '0006_evidence.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0006_evidence.sql', 'd3aad7011bb2f554ee7434ca011645010b5bf3f21c2612d75c4634f2e2412055');
\ir once/0006_evidence.sql
commit;
\endif

select not exists (select from meta.applied where name = '0007_reviews.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0007_reviews.sql', '9e385cfaf4fca72eb5d44c23272154f79c2ff36f3a97766e8e1f0a74905518d3');
\ir once/0007_reviews.sql
commit;
\endif

select not exists (select from meta.applied where name = '0008_instances.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0008_instances.sql', '887a6461d8a17b97f80a442eb635ee3152b3b2cb61b083567bf7ffd4f8ad6368');
\ir once/0008_instances.sql
commit;
\endif

select not exists (select from meta.applied where name = '0009_reply_head.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0009_reply_head.sql', '9ff5ca9a8fbaf90b52a35d95b44f838d1a843bf451c597dcd41153d4b4e5ab98');
\ir once/0009_reply_head.sql
commit;
\endif

select not exists (select from meta.applied where name = '0010_min_coverage.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0010_min_coverage.sql', '364295bfbfdeee351236d3c25a893db89baf14c47497456d6d7d49180f2cf3d5');
\ir once/0010_min_coverage.sql
commit;
\endif

select not exists (select from meta.applied where name = '0011_standing.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0011_standing.sql', 'f34dc537e8731a61f67378c224db48ca77c317b50a34dfeaed8fa661a483f9b2');
\ir once/0011_standing.sql
commit;
\endif

select not exists (select from meta.applied where name = '0012_prospect.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0012_prospect.sql', 'fe2e45b7f93a5e62a5020627f07815d1a3c2a6ce633981bbc424db10fd220def');
\ir once/0012_prospect.sql
commit;
\endif

select not exists (select from meta.applied where name = '0013_plausible.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0013_plausible.sql', '2d989a56b30a31b4c386215e05a56e6ec33359678b1ff69468f95e01073c4621');
\ir once/0013_plausible.sql
commit;
\endif

select not exists (select from meta.applied where name = '0015_narrow.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0015_narrow.sql', '1cf0082d084a7454fb82e12a001356cb5f15eb61f71290a7aaf99782df3b2f63');
\ir once/0015_narrow.sql
commit;
\endif

select not exists (select from meta.applied where name = '0016_withheld.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0016_withheld.sql', 'e403cac2ef8f4d79f25063efb1f2db5f5a4364efa7055d6a10213a18d052eacf');
\ir once/0016_withheld.sql
commit;
\endif

select not exists (select from meta.applied where name = '0017_deadline.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0017_deadline.sql', '07fba7a4b61220b6ef33cb34352dbee7b558529bbf84de96eb3e7867c49d8203');
\ir once/0017_deadline.sql
commit;
\endif

select not exists (select from meta.applied where name = '0018_restated.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0018_restated.sql', 'e706d8fca4922a1b52158d52baa1168da4d92f5600a25fff36d6effcc4d0fe57');
\ir once/0018_restated.sql
commit;
\endif

select not exists (select from meta.applied where name = '0019_standing_entry.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0019_standing_entry.sql', '14e57185ea252b55e8b137840fa5f05a1e926a6597620fc6e2a3375c694b19b2');
\ir once/0019_standing_entry.sql
commit;
\endif

select not exists (select from meta.applied where name = '0021_even_shares.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0021_even_shares.sql', 'e63b2be42415208fcd9d443b51349c7c99274a82c2aa5b409318024569309a7e');
\ir once/0021_even_shares.sql
commit;
\endif

select not exists (select from meta.applied where name = '0022_standing_room.sql') as todo \gset
\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('0022_standing_room.sql', '41f01d82c467b874a970b7819af3e76f6f98e5f7c473f40be5c9d9cf364c91e9');
\ir once/0022_standing_room.sql
commit;
\endif

begin;
set local search_path = pg_catalog;
set local role thidua_owner;
\ir always/registry/units.sql
\ir always/registry/codes.sql
\ir always/registry/campaigns.sql
\ir always/ingest/partitions.sql
\ir always/ingest/chain.sql
\ir always/ingest/leases.sql
\ir always/ingest/plausible.sql
\ir always/ingest/state.sql
\ir always/ingest/merge.sql
\ir always/ingest/cursors.sql
\ir always/ingest/retire.sql
\ir always/ingest/replay.sql
\ir always/ingest/quarantine.sql
\ir always/fact/asof.sql
\ir always/comply/periods.sql
\ir always/comply/units.sql
\ir always/comply/verdicts.sql
\ir always/comply/figures.sql
\ir always/comply/standing.sql
\ir always/comply/restated.sql
\ir always/comply/recompute.sql
\ir always/comply/reviews.sql
\ir always/comply/expected.sql
\ir always/comply/outlook.sql
\ir always/comply/dominance.sql
\ir always/comply/excerpt.sql
\ir always/comply/explain.sql
\ir always/comply/render.sql
\ir always/comply/render_explain.sql
\ir always/api_v1/units.sql
\ir always/api_v1/figures.sql
\ir always/api_v1/compliance.sql
\ir always/api_v1/standings.sql
\ir always/api_v1/restatements.sql
\ir always/api_v1/reviews.sql
\ir always/api_v1/expected.sql
\ir always/api_v1/outlook.sql
\ir always/api_v1/dominance.sql
\ir always/api_v1/runs.sql
\ir always/api_v1/unknown_units.sql
\ir always/api_v1/explain.sql
\ir always/api_v1/render.sql
\ir always/grants.sql
commit;
