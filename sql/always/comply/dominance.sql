-- Order inside a block of units. An act that states no weights states no sum either: all that can be said is who is at least as good on
-- every criterion. The choice is left to people.

create or replace function comply.blocks(p_version_id integer, p_as_of date)
returns table (block text, unit_id integer, level text)
language sql
stable
begin atomic
        select coalesce(b.block, 'level ' || m.level), m.unit_id, m.level
        from comply.members(p_version_id, p_as_of) m
        left join registry.block_member b on b.unit_id = m.unit_id;
end;
comment on function comply.blocks(integer, date) is 'Who is compared with whom: the emulation block, or the level where none is known.';

create or replace function comply.dominance(p_version_id integer, p_as_of date, p_known_at timestamptz)
returns table (block text, unit_id integer, other_id integer, better integer, equal integer, worse integer, unknown integer, relation text)
language sql
stable
begin atomic
        with row as materialized (
                select b.block, r.unit_id, r.level, r.criterion_id, c.kind, c.direction, r.numerator, r.denominator,
                        r.status not in ('no_data', 'overdue', 'stale', 'no_figure', 'disputed') as is_sound
                from comply.unit_rows(p_version_id, p_as_of, p_known_at, null, null) r
                join registry.criterion c on c.criterion_id = r.criterion_id
                join comply.blocks(p_version_id, p_as_of) b on b.unit_id = r.unit_id
                where r.scope = 'unit' and r.status <> 'not_applicable'
        ),
        pair as (
                select a.block, a.unit_id, o.unit_id as other_id,
                        case
                        when not (a.is_sound and o.is_sound) then null
                        when a.kind in ('flag', 'value') then sign(a.numerator - o.numerator)
                        else sign(a.numerator * o.denominator - o.numerator * a.denominator)
                        end * case a.direction when 'at_most' then -1 else 1 end as side
                from row a
                join row o on o.block = a.block and o.criterion_id = a.criterion_id and o.unit_id <> a.unit_id and o.level = a.level
        ),
        counted as (
                select p.block, p.unit_id, p.other_id,
                        count(*) filter (where p.side > 0)::integer as better,
                        count(*) filter (where p.side = 0)::integer as equal,
                        count(*) filter (where p.side < 0)::integer as worse,
                        count(*) filter (where p.side is null)::integer as unknown
                from pair p
                group by p.block, p.unit_id, p.other_id
        )
        select c.block, c.unit_id, c.other_id, c.better, c.equal, c.worse, c.unknown,
                case
                when c.unknown > 0 then 'unknown'
                when c.better = 0 and c.worse = 0 then 'tie'
                when c.worse = 0 then 'dominates'
                when c.better = 0 then 'dominated'
                else 'open'
                end
        from counted c;
end;
comment on function comply.dominance(integer, date, timestamptz) is
        'Every two units of a block and level against each other, criterion by criterion; what has no sound figure leaves the pair unknown.';
