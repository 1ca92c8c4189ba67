-- Units that sources speak of and the registry does not know, with the CSV rows that would make them known.

create or replace view api_v1.unknown_units as
with seen as (
        select j.system, j.unit_code, r.connector, count(*) as records, min(j.known_at) as first_seen_at, max(j.known_at) as last_seen_at,
                (array_agg(j.excerpt order by j.known_at desc))[1] as excerpt
        from ingest.reject j
        left join ingest.run r on r.run_id = j.run_id
        where j.reason = 'unknown_unit'
                and j.unit_code is not null
                and not exists (select from registry.unit_code c where c.system = j.system and c.code = j.unit_code)
        group by j.system, j.unit_code, r.connector
),
named as (
        -- The excerpt may be cut off, so it is not read as JSON.
        select s.*,
                substring(s.excerpt from '"name" ?: ?"(([^"\\]|\\.)*)"') as name,
                substring(s.excerpt from '"code" ?: ?"([A-Za-z0-9.-]+)"') as short_code,
                case substring(s.excerpt from '"group" ?: ?"([A-Z_]+)"')
                when 'AGENCY' then 'so_ban_nganh'
                when 'COMMUNE' then 'ubnd_xa'
                end as kind
        from seen s
)
select
        n.connector,
        n.system,
        n.unit_code,
        n.name,
        n.kind,
        n.records,
        n.first_seen_at,
        n.last_seen_at,
        concat_ws(',', coalesce(n.short_code, ''),
                case when n.name ~ '[",]' then '"' || replace(n.name, '"', '""') || '"' else coalesce(n.name, '') end,
                coalesce(n.kind, ''), case n.kind when 'ubnd_xa' then 'commune' when 'so_ban_nganh' then 'province' else '' end,
                coalesce(split_part(n.short_code, '.', 1), ''), '', '', '', 'learned from ' || n.connector, '') as unit_row,
        concat_ws(',', n.system, case when n.unit_code ~ '[",]' then '"' || replace(n.unit_code, '"', '""') || '"' else n.unit_code end,
                coalesce(n.short_code, ''), '', '', 'learned from ' || n.connector) as code_row
from named n;

comment on view api_v1.unknown_units is 'Units that sources speak of and no code leads to; gone once a code does.';
comment on column api_v1.unknown_units.connector is 'Connector whose source names it.';
comment on column api_v1.unknown_units.system is 'Code system.';
comment on column api_v1.unknown_units.unit_code is 'Code as the source writes it.';
comment on column api_v1.unknown_units.name is 'Name in the record, when the stream has a field called name.';
comment on column api_v1.unknown_units.kind is 'Kind, when the record tells it by a field called group (AGENCY, COMMUNE).';
comment on column api_v1.unknown_units.records is 'Records refused so far.';
comment on column api_v1.unknown_units.first_seen_at is 'First refused.';
comment on column api_v1.unknown_units.last_seen_at is 'Last refused.';
comment on column api_v1.unknown_units.unit_row is 'Row for a units-*.csv: code,name,kind,level,parent_code,gso_code,valid_from,valid_to,note,dvcqg_id. What is not known is empty and for a person to fill in.';
comment on column api_v1.unknown_units.code_row is 'Row for a codes*.csv: system,code,unit,valid_from,valid_to,note.';
