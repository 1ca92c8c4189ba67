-- One row for each unit, kept next to its rows in comply.result: text is built when a figure changes, not when somebody reads.

create or replace function comply.standing_entry(p_code text, p_status text, p_numerator numeric, p_denominator numeric, p_value numeric, p_target numeric,
        p_prospect text, p_periods_missing integer, p_reason text)
returns text
language sql
-- Not immutable: to_json() is not, and a function that claims more than its body is called for each criterion instead of becoming part of the query.
stable
parallel safe
begin atomic
        -- Status words need no escapes, and numbers print as JSON does.
        select to_json(p_code)::text || ':{"status":"' || p_status || '"'
                || coalesce(',"numerator":' || p_numerator, '')
                || coalesce(',"denominator":' || p_denominator, '')
                || coalesce(',"value":' || p_value, '')
                || coalesce(',"target":' || p_target, '')
                || coalesce(',"prospect":"' || p_prospect || '"', '')
                || coalesce(',"periods_missing":' || nullif(p_periods_missing, 0), '')
                || coalesce(',"reason":' || to_json(p_reason)::text, '')
                || '}';
end;
comment on function comply.standing_entry(text, text, numeric, numeric, numeric, numeric, text, integer, text) is
        'One criterion of one unit as a member of a JSON object.';

create or replace function comply.store_standing(p_campaign_id integer, p_snapshot_id bigint, p_units integer[])
returns void
language plpgsql
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
begin
        delete from comply.standing s
        where s.campaign_id = p_campaign_id
                and (p_units is null or s.unit_id = any (p_units))
                and not exists (
                        select
                        from comply.result r
                        where r.snapshot_id = p_snapshot_id
                                and r.scope = 'unit'
                                and r.unit_id = s.unit_id
                                and (p_units is null or r.unit_id = any (p_units)));
        insert into comply.standing as s (campaign_id, unit_id, level, bound, met, not_met, criteria)
        select p_campaign_id, r.unit_id, r.level,
                count(*) filter (where r.status <> 'not_applicable'),
                count(*) filter (where r.status = 'met'),
                count(*) filter (where r.status = 'not_met'),
                ('{' || string_agg(comply.standing_entry(c.code, r.status, r.numerator, r.denominator, r.value, r.target, r.prospect, r.periods_missing, r.reason), ',' order by c.ordinal) || '}')::json
        from comply.result r
        join registry.criterion c on c.criterion_id = r.criterion_id
        where r.snapshot_id = p_snapshot_id
                and r.scope = 'unit'
                and (p_units is null or r.unit_id = any (p_units))
        group by r.unit_id, r.level
        on conflict on constraint standing_campaign_id_unit_id_pk do update
        set level = excluded.level, bound = excluded.bound, met = excluded.met, not_met = excluded.not_met, criteria = excluded.criteria
        where s.level <> excluded.level or s.criteria::text <> excluded.criteria::text;
end
$$;
comment on function comply.store_standing(integer, bigint, integer[]) is
        'Makes the rows of p_units, or of all when it is null, equal to their results in a snapshot.';
