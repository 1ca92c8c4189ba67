-- Which units a campaign ranks on a day, and whose figures they carry.

create or replace function comply.members(p_version_id integer, p_as_of date)
returns table (unit_id integer, level text)
language sql
stable
parallel safe
begin atomic
        with recursive below as (
                select v.province_id as unit_id
                from registry.campaign_version v
                where v.version_id = p_version_id
                union
                select u.unit_id
                from below b
                join registry.unit u on u.parent_id = b.unit_id
        )
        select u.unit_id, l.level
        from below b
        join registry.unit u on u.unit_id = b.unit_id
        join registry.campaign_level l on l.version_id = p_version_id and l.kind = u.kind
        where u.valid @> p_as_of;
end;
comment on function comply.members(integer, date) is
        'Units of the campaign''s province that exist on the day and stand on one of its levels.';

-- Only a unit that has one successor can be carried: when it is divided, nobody can say whose figures its own become. A unit of
-- another kind carries nothing either, since the duty was another one.
create or replace function comply.carried(p_as_of date)
returns table (unit_id integer, contributor_id integer)
language sql
stable
parallel safe
begin atomic
        with recursive merged as (
                select s.successor_id, s.predecessor_id
                from registry.succession s
                join registry.unit n on n.unit_id = s.successor_id
                join registry.unit p on p.unit_id = s.predecessor_id and p.kind = n.kind
                where s.effective_on <= p_as_of
                        and not exists (
                                select
                                from registry.succession o
                                where o.predecessor_id = s.predecessor_id
                                        and o.successor_id is distinct from s.successor_id)
        ),
        chain as (
                select m.successor_id as unit_id, m.predecessor_id as contributor_id
                from merged m
                union
                select c.unit_id, m.predecessor_id
                from chain c
                join merged m on m.successor_id = c.contributor_id
        )
        select c.unit_id, c.contributor_id
        from chain c;
end;
comment on function comply.carried(date) is 'Units merged into a unit by that day, directly or through others.';
