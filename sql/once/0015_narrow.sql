-- What deliveries write beside the figures, in fewer and smaller rows.

set local search_path = pg_catalog;
set local role thidua_owner;

-- It is only ever taken as a whole, and metrics and units each for themselves: one row says it for a batch, without number and index.
alter table comply.dirty
        drop column dirty_id,
        add metric_ids integer[],
        add unit_ids integer[],
        add constraint dirty_metric_ids_unit_ids_ck check ((metric_ids is null) = (unit_ids is null) and (metric_ids is null or metric_id is null));

comment on column comply.dirty.metric_ids is 'Of a batch: the metrics of which something changed, for the units in unit_ids.';

-- Heads of large bodies stand apart: otherwise every page of requests is half empty, and rows of later polls are spread over all of them.
alter table ingest.request alter column head set storage external;
