-- Shares of instances: what a connector weighs, and what is on its way from one to another.

set local search_path = pg_catalog;
set local role thidua_owner;

-- They are told more and tell more; what a function takes and returns cannot be changed in place.
drop function if exists ingest.share(text, uuid, text[], text[], boolean[]);
drop function if exists ingest.shares(text[], text[]);
