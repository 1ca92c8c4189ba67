-- How many of the units that are bound must have a figure before their sum speaks for a level or the province.

set local search_path = pg_catalog;
set local role thidua_owner;

alter table registry.criterion
        add min_coverage numeric,
        add constraint criterion_min_coverage_ck check (min_coverage > 0 and min_coverage <= 100);

comment on column registry.criterion.min_coverage is
        'Percent of the bound units that must have a figure; with fewer a level or the province is shown and not judged. Null: any number will do.';
