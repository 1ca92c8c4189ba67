-- The entry of a criterion in comply.standing takes its values one by one; the function that took whole rows is not needed any more.

set local search_path = pg_catalog;
set local role thidua_owner;

drop function if exists comply.standing_entry(text, comply.result);
