-- Where a figure of an open campaign is heading stands beside its status, or is its status where the campaign says so.

set local search_path = pg_catalog;
set local role thidua_owner;

alter table registry.campaign_version
        add while_open text not null default 'judged',
        add constraint campaign_version_while_open_ck check (while_open in ('judged', 'prospect'));

comment on column registry.campaign_version.while_open is
        'What the status of an open criterion says: judged: met or not_met by what has come; prospect: on_track or at_risk where there is an outlook.';

alter table comply.result
        add prospect text,
        add constraint result_prospect_ck check (prospect in ('on_track', 'at_risk'));

comment on column comply.result.prospect is 'Where the figure is heading until the next review; null: there is no outlook.';

-- They answer more columns now, or are not needed any more; what is made of them is made anew right after this.
drop function if exists comply.steps(integer, date, timestamptz) cascade;
drop function if exists comply.summed_figures(integer, date, timestamptz, integer[], integer[]) cascade;
drop function if exists comply.periods_owed(integer, date, integer[], integer[]) cascade;

insert into comply.dirty (metric_id, unit_id)
select null, null
where exists (select from comply.current);
