-- Reviews (sơ kết, tổng kết): results kept as they stood, for good.

set local search_path = pg_catalog;
set local role thidua_owner;

create table comply.review (
        review_id integer generated always as identity constraint review_review_id_pk primary key,
        campaign_id integer not null constraint review_campaign_id_fk references registry.campaign,
        version_id integer not null constraint review_version_id_fk references registry.campaign_version,
        on_day date not null,
        known_at timestamptz not null,
        frozen_at timestamptz not null,
        frozen_by text not null,
        constraint review_campaign_id_on_day_uq unique (campaign_id, on_day)
);

comment on table comply.review is 'A review that was frozen: which version, which day, what was known. Never changed and never frozen twice.';
comment on column comply.review.known_at is 'Figures that became known later are not in it.';
comment on column comply.review.frozen_by is 'Database account that froze it.';

create table comply.review_result (
        review_id integer not null constraint review_result_review_id_fk references comply.review,
        criterion_id integer not null constraint review_result_criterion_id_fk references registry.criterion,
        scope text not null,
        level text,
        unit_id integer constraint review_result_unit_id_fk references registry.unit,
        status text not null,
        reason text,
        numerator numeric,
        denominator numeric,
        value numeric,
        target numeric,
        units_bound integer,
        units_counted integer,
        units_passed integer,
        periods_due integer,
        periods_missing integer,
        period_from date,
        period_to date,
        observed_at timestamptz,
        known_at timestamptz,
        constraint review_result_review_criterion_scope_level_unit_uq
                unique nulls not distinct (review_id, criterion_id, scope, level, unit_id)
);

comment on table comply.review_result is 'The rows of a frozen review, as comply.result had them.';

create function comply.refuse_change()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
        raise exception 'a frozen review is never changed (%)', tg_table_name using errcode = '55000';
end
$$;
comment on function comply.refuse_change() is 'Trigger: what is frozen stays, the owner of the tables included.';

create trigger review_is_frozen
        before update or delete or truncate on comply.review
        for each statement execute function comply.refuse_change();
create trigger review_result_is_frozen
        before update or delete or truncate on comply.review_result
        for each statement execute function comply.refuse_change();
