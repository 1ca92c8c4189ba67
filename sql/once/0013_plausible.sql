-- Checks of plausibility: figures that are set aside until somebody accepts them, and runs whose delivery was blocked.

set local search_path = pg_catalog;
set local role thidua_owner;

alter table ingest.reject
        drop constraint reject_outcome_ck,
        add constraint reject_outcome_ck check (outcome in ('retried', 'dropped', 'accepted'));
create index reject_sample_ix on ingest.reject (unit_code, reason) where sample is not null;

alter table ingest.run
        add blocked text;

comment on column ingest.run.blocked is 'A check of plausibility kept all figures of the run out: what it found. Null: none did.';
comment on column ingest.reject.sample is 'The whole sample, where there is one: of a unit missing in the registry, or set aside by a check of plausibility and to be taken in when it is accepted.';
comment on column ingest.reject.outcome is 'Null: waits in quarantine. retried: its reply was mapped anew; accepted: somebody vouches for the figure; dropped: somebody decided that it is nothing.';
comment on column ingest.reject.settled_by is 'Who dropped, retried or accepted it.';
comment on column fact.observation.quality is 'The source''s own flag, or disputed; and what a check of plausibility found, after "check".';
