-- Who may do what. The owner owns; everything else is named here.

revoke all on all tables in schema meta, registry, ingest, fact, comply, api_v1 from public;
revoke all on all functions in schema meta, registry, ingest, fact, comply, api_v1 from public;
revoke all on schema meta, registry, ingest, fact, comply, api_v1 from public;

grant usage on schema meta, registry, ingest, comply, api_v1 to thidua_writer;
grant select on meta.applied to thidua_writer;
grant execute on function ingest.deliver(uuid, timestamptz, bigint[], jsonb, jsonb, bytea[], bytea[], bigint[], text[], text[], text[],
        text[], date[], date[], boolean[], uuid[], integer[], integer[], integer[], integer[], integer[], numeric[], timestamptz[], text[],
        text[], integer[], bigint[], jsonb, jsonb) to thidua_writer;
grant execute on function ingest.make_partitions(timestamptz) to thidua_writer;
grant execute on function ingest.retire(jsonb, timestamptz) to thidua_writer;
grant execute on function ingest.cursors() to thidua_writer;
grant execute on function ingest.cursors_of(text[]) to thidua_writer;
grant execute on function ingest.slot_served(text, text, text) to thidua_writer;
grant execute on function ingest.sessions_left(text, uuid) to thidua_writer;
grant execute on function ingest.share(text, uuid, text[], text[], boolean[], integer[]) to thidua_writer;
grant execute on function ingest.stored_runs(text, text, date, date) to thidua_writer;
grant execute on function ingest.stored_requests(uuid, text[]) to thidua_writer;
grant execute on function ingest.stored_body(text) to thidua_writer;
grant execute on function ingest.quarantine_runs(bigint[], text, text, text) to thidua_writer;
grant execute on function ingest.quarantine_count(bigint[], text, text, text) to thidua_writer;
grant execute on function ingest.settle_rejects(bigint[], text, text, text, text, text, uuid, timestamptz) to thidua_writer;
grant execute on function ingest.accept_rejects(bigint[], text, text, text, text, timestamptz) to thidua_writer;
grant execute on function ingest.verify_chain(integer) to thidua_writer;
grant execute on function ingest.chain_state(text) to thidua_writer;
grant execute on function ingest.stored_bodies(text, date, integer) to thidua_writer;
grant execute on function ingest.body_user(text) to thidua_writer;
grant execute on function ingest.about_bodies() to thidua_writer;
grant execute on function ingest.withheld_replies() to thidua_writer;
grant execute on function registry.load_units(jsonb) to thidua_writer;
grant execute on function registry.load_successions(jsonb) to thidua_writer;
grant execute on function registry.load_codes(jsonb) to thidua_writer;
grant execute on function registry.load_blocks(jsonb) to thidua_writer;
grant execute on function registry.load_campaign(jsonb) to thidua_writer;
grant execute on function comply.refresh(timestamptz) to thidua_writer;
grant execute on function comply.recompute(text, date, timestamptz) to thidua_writer;
grant execute on function comply.tell_restated(integer, timestamptz) to thidua_writer;
grant execute on function comply.freeze_review(text, date, timestamptz) to thidua_writer;

grant usage on schema api_v1 to thidua_reader;
grant select on all tables in schema api_v1 to thidua_reader, thidua_writer;
grant execute on all functions in schema api_v1 to thidua_reader, thidua_writer;
