-- Units, their codes, successions and blocks.

create or replace view api_v1.units as
select
        u.code as unit,
        u.name,
        u.kind,
        u.level,
        p.code as parent,
        u.gso_code,
        lower(u.valid) as valid_from,
        upper(u.valid) - 1 as valid_to,
        u.note
from registry.unit u
left join registry.unit p on p.unit_id = u.parent_id;

comment on view api_v1.units is 'One unit per row, for its whole life.';
comment on column api_v1.units.unit is 'Code of the unit, the same in every view.';
comment on column api_v1.units.name is 'Official name.';
comment on column api_v1.units.kind is 'so_ban_nganh, ubnd_huyen, ubnd_xa, mttq_ctxh or khac.';
comment on column api_v1.units.level is 'Level of government: province, district or commune.';
comment on column api_v1.units.parent is 'Code of the unit above.';
comment on column api_v1.units.gso_code is 'GSO number at the date of the unit list; numbers pass from unit to unit, see unit_codes.';
comment on column api_v1.units.valid_from is 'First day; null: older than the list goes back.';
comment on column api_v1.units.valid_to is 'Last day; null: still there.';
comment on column api_v1.units.note is 'What the unit list says about the unit and how sure it is.';

create or replace view api_v1.unit_codes as
select
        c.system,
        c.code,
        u.code as unit,
        lower(c.valid) as valid_from,
        upper(c.valid) - 1 as valid_to,
        c.note
from registry.unit_code c
join registry.unit u on u.unit_id = c.unit_id;

comment on view api_v1.unit_codes is 'What each source system calls a unit, and in which days.';
comment on column api_v1.unit_codes.system is 'Code system, for example gso or dvcqg.';
comment on column api_v1.unit_codes.code is 'The code in that system.';
comment on column api_v1.unit_codes.unit is 'The unit it means.';
comment on column api_v1.unit_codes.valid_from is 'First day on which it means this unit; null: always before.';
comment on column api_v1.unit_codes.valid_to is 'Last day on which it means this unit; null: still.';
comment on column api_v1.unit_codes.note is 'Remark of the code list.';

create or replace view api_v1.successions as
select
        p.code as predecessor,
        s.code as successor,
        x.effective_on,
        x.legal_basis,
        x.note
from registry.succession x
join registry.unit p on p.unit_id = x.predecessor_id
left join registry.unit s on s.unit_id = x.successor_id;

comment on view api_v1.successions is 'What became of units: merged, divided, renamed, abolished.';
comment on column api_v1.successions.predecessor is 'The unit that ended.';
comment on column api_v1.successions.successor is 'The unit that took it over; null: nobody took it whole.';
comment on column api_v1.successions.effective_on is 'First day of the new order.';
comment on column api_v1.successions.legal_basis is 'The act.';
comment on column api_v1.successions.note is 'How it was taken over.';

create or replace view api_v1.blocks as
select
        b.block,
        b.block_name,
        u.code as unit,
        b.as_of,
        b.source
from registry.block_member b
join registry.unit u on u.unit_id = b.unit_id;

comment on view api_v1.blocks is 'Emulation blocks (khối thi đua) and their members, as last seen.';
comment on column api_v1.blocks.block is 'Short name of the block.';
comment on column api_v1.blocks.block_name is 'Name of the block.';
comment on column api_v1.blocks.unit is 'Member.';
comment on column api_v1.blocks.as_of is 'Month or year in which the membership was seen; not a validity.';
comment on column api_v1.blocks.source is 'Where it was seen.';
