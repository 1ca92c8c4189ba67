-- Every row of comply.standing is written anew whenever a figure of its unit changes. With room for it on its page nothing else is: no page is added to the
-- table, and no entry to its key. Rows that are there move as they are written.

set local search_path = pg_catalog;
set local role thidua_owner;

alter table comply.standing set (fillfactor = 50);
