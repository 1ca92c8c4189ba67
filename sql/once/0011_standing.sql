-- How each unit stands now, with all criteria in one row: a country's compliance is read in as many rows as it has units.

set local search_path = pg_catalog;
set local role thidua_owner;

create table comply.standing (
        campaign_id integer not null constraint standing_campaign_id_fk references registry.campaign,
        unit_id integer not null constraint standing_unit_id_fk references registry.unit,
        level text not null,
        bound integer not null,
        met integer not null,
        not_met integer not null,
        criteria json not null,
        constraint standing_campaign_id_unit_id_pk primary key (campaign_id, unit_id)
);

-- Twenty criteria are about 2 kB of text: within the row they are read with it, not fetched and unpacked one by one.
alter table comply.standing set (toast_tuple_target = 8160);
alter table comply.standing alter criteria set storage main;

comment on table comply.standing is
        'The rows of comply.result of one unit in the current snapshot of a campaign, as one row. Derived: comply.store keeps it.';
comment on column comply.standing.bound is 'Criteria that bind the unit; the others are in criteria as not_applicable.';
comment on column comply.standing.criteria is 'By criterion: status and figure. A key that is missing is null.';

-- What was computed before this table existed is computed once more, so that no unit is missing in it.
insert into comply.dirty (metric_id, unit_id)
select null, null
where exists (select from comply.current);
