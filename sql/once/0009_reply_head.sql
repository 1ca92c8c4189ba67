-- Of a reply that is too large to be kept whole: its beginning.

set local search_path = pg_catalog;
set local role thidua_owner;

alter table ingest.request add head bytea;

comment on column ingest.request.head is 'The first bytes of a reply whose body is not stored; null: it is, or there was none, or nothing is to be kept.';
