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

create or replace function api_v1.excerpt(p_payload_sha256 text, p_record bigint, p_value numeric)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
        if p_payload_sha256 !~ '^[0-9a-f]{64}$' then
                raise exception 'a SHA-256 is 64 hexadecimal digits' using errcode = '22023';
        end if;
        return comply.stored_excerpt(decode(p_payload_sha256, 'hex'), p_record, p_value);
end
$$;
comment on function api_v1.excerpt(text, bigint, numeric) is
        'What stands around a figure in its record of a stored body, at most 120 characters; payload_sha256, record and value as api_v1.explain and api_v1.figures give them. Null: the body is not stored, is longer than 1 MB, or 64 kB packed, or is markup, or the number is not written there but counted.';
