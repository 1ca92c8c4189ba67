-- From a figure to a status word.

-- 100 % means that nothing is left out: the two counts are compared, never a rounded percentage (99.96 is not 100).
create or replace function comply.is_reached(p_kind text, p_direction text, p_numerator numeric, p_denominator numeric, p_mark numeric)
returns boolean
language sql
immutable
parallel safe
begin atomic
        select case
                when p_kind in ('flag', 'value') and p_direction = 'at_most' then p_numerator <= p_mark
                when p_kind in ('flag', 'value') then p_numerator >= p_mark
                when p_direction = 'at_most' then p_numerator * 100 <= p_mark * p_denominator
                when p_mark = 100 then p_numerator = p_denominator
                else p_numerator * 100 >= p_mark * p_denominator
                end;
end;
comment on function comply.is_reached(text, text, numeric, numeric, numeric) is
        'Whether a figure reaches a mark: percent for ratios and checklists, the number itself for flags and values.';

create or replace function comply.percent(p_numerator numeric, p_denominator numeric)
returns numeric
language sql
immutable
parallel safe
begin atomic
        select trim_scale(round(100 * p_numerator / nullif(p_denominator, 0), 6));
end;
comment on function comply.percent(numeric, numeric) is 'Percent to six decimals for showing; a denominator of 0 gives none.';

-- The order of the words is part of the contract: the first that holds is the status.
create or replace function comply.status(p_reason text, p_has_figure boolean, p_periods_missing integer, p_is_stale boolean,
        p_is_counted boolean, p_denominator numeric, p_disputed boolean, p_target numeric, p_is_reached boolean)
returns text
language sql
immutable
parallel safe
begin atomic
        select case
                when p_reason is not null then 'not_applicable'
                when not p_has_figure then 'no_data'
                when p_periods_missing > 0 then 'overdue'
                when p_is_stale then 'stale'
                when not p_is_counted and p_denominator = 0 then 'no_figure'
                when p_disputed then 'disputed'
                when p_target is null then 'no_target'
                when p_is_reached then 'met'
                else 'not_met'
                end;
end;
comment on function comply.status(text, boolean, integer, boolean, boolean, numeric, boolean, numeric, boolean) is
        'The status word of a figure.';
