-- The way from a verdict back to the payload.

create or replace function api_v1.explain(p_unit text, p_criterion text, p_campaign text, p_as_of date default null,
        p_known_at timestamptz default null)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
        return comply.explain(p_unit, p_criterion, comply.default_campaign(p_campaign), p_as_of, p_known_at);
end
$$;
comment on function api_v1.explain(text, text, text, date, timestamptz) is
        'Why a unit stands as it does: verdict, rule with its legal basis, figures, missing periods, and each statement with run, request and payload. The province''s unit explains the province.';
