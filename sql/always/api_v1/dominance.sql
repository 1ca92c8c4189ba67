-- Blocks: who is at least as good as whom, and whether a proposed list keeps the campaign's rules.

create or replace function api_v1.dominance_as_of(p_campaign text, p_as_of date default null, p_known_at timestamptz default null)
returns table (campaign text, as_of date, block text, unit text, other text, better integer, equal integer, worse integer,
        unknown integer, relation text)
language plpgsql
stable
security definer
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
        v_campaign text := comply.default_campaign(p_campaign);
        v_version registry.campaign_version := comply.newest_version(v_campaign);
        v_as_of date := comply.default_day(v_campaign, p_as_of);
begin
        return query
                select v_campaign, v_as_of, d.block, u.code, o.code, d.better, d.equal, d.worse, d.unknown, d.relation
                from comply.dominance(v_version.version_id, v_as_of, p_known_at) d
                join registry.unit u on u.unit_id = d.unit_id
                join registry.unit o on o.unit_id = d.other_id
                order by d.block, u.code, o.code;
end
$$;
comment on function api_v1.dominance_as_of(text, date, timestamptz) is 'The dominance order for any day and, with p_known_at, as it was known then.';

create or replace view api_v1.dominance as
select d.campaign, d.as_of, d.block, d.unit, d.other, d.better, d.equal, d.worse, d.unknown, d.relation
from api_v1.campaigns g
cross join lateral api_v1.dominance_as_of(g.campaign) d;

comment on view api_v1.dominance is 'Two units of one emulation block (or level, where no block is known) against each other. No weights are invented, so there is no rank: a unit stands before another only where it is nowhere worse.';
comment on column api_v1.dominance.campaign is 'Short name of the campaign.';
comment on column api_v1.dominance.as_of is 'Day for which it holds.';
comment on column api_v1.dominance.block is 'Emulation block, or level.';
comment on column api_v1.dominance.unit is 'The one.';
comment on column api_v1.dominance.other is 'The other.';
comment on column api_v1.dominance.better is 'Criteria on which the one is better.';
comment on column api_v1.dominance.equal is 'Criteria on which both are equal.';
comment on column api_v1.dominance.worse is 'Criteria on which the one is worse.';
comment on column api_v1.dominance.unknown is 'Criteria on which one of them has no sound figure.';
comment on column api_v1.dominance.relation is 'dominates (nowhere worse, somewhere better), dominated, tie (equal everywhere), open (each is better somewhere), unknown (something cannot be compared).';

create or replace function api_v1.check_shortlist(p_campaign text, p_units text[], p_as_of date default null)
returns table (unit text, finding text, detail text)
language plpgsql
stable
security definer
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
        v_campaign text := comply.default_campaign(p_campaign);
        v_version registry.campaign_version := comply.newest_version(v_campaign);
        v_as_of date := comply.default_day(v_campaign, p_as_of);
        v_cap integer := (v_version.content -> 'caps' ->> 'collectives')::integer;
begin
        if cardinality(p_units) > v_cap then
                return query select null::text, 'over_cap', format('%s units are proposed, the campaign allows %s', cardinality(p_units), v_cap);
        end if;
        return query
                select p.code, 'twice', 'it stands on the list more than once'
                from unnest(p_units) as p(code)
                group by p.code
                having count(*) > 1;
        return query
                select p.code, 'no_member', 'no unit of the campaign on that day'
                from unnest(p_units) as p(code)
                where not exists (
                        select
                        from comply.members(v_version.version_id, v_as_of) m
                        join registry.unit u on u.unit_id = m.unit_id
                        where u.code = p.code);
        return query
                select d.other, 'dominated', format('%s is nowhere worse, somewhere better, and not on the list', string_agg(d.unit, ', ' order by d.unit))
                from api_v1.dominance_as_of(v_campaign, v_as_of) d
                where d.relation = 'dominates' and d.other = any (p_units) and d.unit <> all (p_units)
                group by d.other
                order by d.other;
        return query
                select d.other, 'tie', format('%s is equal everywhere and not on the list', string_agg(d.unit, ', ' order by d.unit))
                from api_v1.dominance_as_of(v_campaign, v_as_of) d
                where d.relation = 'tie' and d.other = any (p_units) and d.unit <> all (p_units)
                group by d.other
                order by d.other;
end
$$;
comment on function api_v1.check_shortlist(text, text[], date) is
        'What speaks against a proposed list of collectives: too many, no members, dominated by or equal to units that are left out. It proposes nobody.';
