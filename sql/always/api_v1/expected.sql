-- Which unit owes which figure for which period by when; silence is a row too.

create or replace function api_v1.expected_data_as_of(p_campaign text, p_as_of date default null, p_known_at timestamptz default null)
returns table (campaign text, as_of date, criterion text, unit text, counts_for text, period_kind text, period_from date, period_to date,
        due_on date, state text, days_late integer, known_at timestamptz)
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
        v_version registry.campaign_version := comply.newest_version(p_campaign);
        v_as_of date := comply.default_day(p_campaign, p_as_of);
begin
        return query
                select p_campaign, v_as_of, c.code, n.code, u.code, e.period_kind, e.period_from, e.period_to, e.due_on, e.state,
                        case when e.state = 'overdue' and e.due_on is not null then v_as_of - e.due_on end, e.known_at
                from comply.expected(v_version.version_id, v_as_of, p_known_at) e
                join registry.criterion c on c.criterion_id = e.criterion_id
                join registry.unit n on n.unit_id = e.contributor_id
                join registry.unit u on u.unit_id = e.unit_id
                order by c.ordinal, n.code, u.code, e.period_to;
end
$$;
comment on function api_v1.expected_data_as_of(text, date, timestamptz) is
        'The calendar of expected data for any day and, with p_known_at, as it was known then.';

create or replace view api_v1.expected_data as
select e.campaign, e.as_of, e.criterion, e.unit, e.counts_for, e.period_kind, e.period_from, e.period_to, e.due_on, e.state, e.days_late,
        e.known_at
from api_v1.campaigns g
cross join lateral api_v1.expected_data_as_of(g.campaign) e;

comment on view api_v1.expected_data is 'The calendar of expected data on the day of the stored results: who owes what by when, what came, who is silent.';
comment on column api_v1.expected_data.campaign is 'Short name of the campaign.';
comment on column api_v1.expected_data.as_of is 'Day for which it holds.';
comment on column api_v1.expected_data.criterion is 'Id of the criterion.';
comment on column api_v1.expected_data.unit is 'Unit that owes the figure.';
comment on column api_v1.expected_data.counts_for is 'Unit whose figure it enters: itself, or the one it was merged into.';
comment on column api_v1.expected_data.period_kind is 'Kind of period; null: a state, for which no act names a day.';
comment on column api_v1.expected_data.period_from is 'First day of the period, or of the newest statement about a state.';
comment on column api_v1.expected_data.period_to is 'Last day of the period, or of the newest statement about a state.';
comment on column api_v1.expected_data.due_on is 'From this day on it is owed; null: no day is named.';
comment on column api_v1.expected_data.state is 'delivered, overdue (owed and not there, or taken back), awaited (over, not owed yet), not_yet (runs still), silent (a state never stated), stale (stated too long ago).';
comment on column api_v1.expected_data.days_late is 'Days since it was owed.';
comment on column api_v1.expected_data.known_at is 'When the newest statement became known; null: nothing was stated.';
