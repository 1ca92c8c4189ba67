-- A further kind of criterion: reports that were delivered by their due day.

set local search_path = pg_catalog;
set local role thidua_owner;

alter table registry.criterion
        drop constraint criterion_kind_ck,
        add constraint criterion_kind_ck check (kind in ('ratio', 'flag', 'value', 'checklist', 'deadline')),
        add constraint criterion_deadline_ck check (kind <> 'deadline' or accumulate = 'sum');
