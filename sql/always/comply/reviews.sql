-- Freezing a review, and what has changed since.

create or replace function comply.freeze_review(p_campaign text, p_on_day date, p_known_at timestamptz default null)
returns table (campaign text, on_day date, version integer, known_at timestamptz, results integer)
language plpgsql
security definer
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
        v_version registry.campaign_version := comply.newest_version(p_campaign);
        v_known_at timestamptz := coalesce(p_known_at, now());
        v_review_id integer;
        v_results integer;
begin
        if p_on_day is null or p_on_day not between v_version.from_on and v_version.to_on then
                raise exception 'a review of % lies in % to %', p_campaign, to_char(v_version.from_on, 'YYYY-MM-DD'), to_char(v_version.to_on, 'YYYY-MM-DD')
                        using errcode = '22023';
        end if;
        if p_on_day > (now() at time zone 'Asia/Ho_Chi_Minh')::date or v_known_at > now() then
                raise exception 'a day that has not come yet cannot be reviewed' using errcode = '22023';
        end if;
        perform comply.lock();
        if exists (select from comply.review r where r.campaign_id = v_version.campaign_id and r.on_day = p_on_day) then
                raise exception 'the review of % on % is frozen already', p_campaign, to_char(p_on_day, 'YYYY-MM-DD') using errcode = '55000';
        end if;
        insert into comply.review (campaign_id, version_id, on_day, known_at, frozen_at, frozen_by)
        values (v_version.campaign_id, v_version.version_id, p_on_day, v_known_at, now(), session_user)
        returning review_id into v_review_id;
        insert into comply.review_result (review_id, criterion_id, scope, level, unit_id, status, reason, numerator, denominator, value, target,
                units_bound, units_counted, units_passed, periods_due, periods_missing, period_from, period_to, observed_at, known_at)
        select v_review_id, f.criterion_id, f.scope, f.level, f.unit_id, f.status, f.reason, f.numerator, f.denominator, f.value, f.target,
                f.units_bound, f.units_counted, f.units_passed, f.periods_due, f.periods_missing, f.period_from, f.period_to, f.observed_at, f.known_at
        from comply.figures(v_version.version_id, p_on_day, v_known_at) f;
        get diagnostics v_results = row_count;
        return query select p_campaign, p_on_day, v_version.version, v_known_at, v_results;
end
$$;
comment on function comply.freeze_review(text, date, timestamptz) is
        'Keeps every figure and verdict of a campaign on a day, as known at p_known_at or now, for good.';

create or replace function comply.review_of(p_campaign text, p_on_day date)
returns comply.review
language plpgsql
stable
set search_path = ''
as $$
declare
        v_review comply.review;
begin
        select r.* into v_review
        from comply.review r
        join registry.campaign g on g.campaign_id = r.campaign_id and g.code = p_campaign
        where r.on_day = p_on_day;
        if not found then
                raise exception 'no review of % on % is frozen', coalesce(p_campaign, 'no campaign'), coalesce(to_char(p_on_day, 'YYYY-MM-DD'), 'no day')
                        using errcode = '22023';
        end if;
        return v_review;
end
$$;
comment on function comply.review_of(text, date) is 'A frozen review that must be there.';
