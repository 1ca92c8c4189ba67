-- Loading of campaigns: one JSON object in, one immutable version out, or none when nothing changed.

create or replace function registry.campaign_keys(p jsonb, p_known text[], p_what text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
        if jsonb_typeof(p) is distinct from 'object' then
                perform registry.complain(format('%s: not an object', p_what));
        end if;
        perform registry.complain((
                select format('%s: unknown key %L', p_what, k.key)
                from jsonb_object_keys(p) as k(key)
                where k.key <> all (p_known)
                order by k.key
                limit 1));
end
$$;
comment on function registry.campaign_keys(jsonb, text[], text) is 'Raises the first key that is not known.';

create or replace function registry.words(p jsonb)
returns text[]
language sql
immutable
begin atomic
        select case jsonb_typeof(p)
                when 'array' then coalesce((select array_agg(w.word order by w.ordinal)
                                from jsonb_array_elements_text(p) with ordinality as w(word, ordinal)), '{}')
                when 'string' then array[p #>> '{}']
                end;
end;
comment on function registry.words(jsonb) is 'A word or a list of words as an array; null when there is neither.';

create or replace function registry.need(p jsonb, p_key text, p_what text)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
        if coalesce(btrim(p ->> p_key), '') = '' then
                perform registry.complain(format('%s: %s is missing', p_what, p_key));
        end if;
        return p ->> p_key;
end
$$;
comment on function registry.need(jsonb, text, text) is 'The text of a key that must be there.';

create or replace function registry.one_of(p jsonb, p_key text, p_words text[], p_default text, p_what text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
        v_word text := coalesce(p ->> p_key, p_default, registry.need(p, p_key, p_what));
begin
        if v_word <> all (p_words) then
                perform registry.complain(format('%s: %s is %L, expected one of %s', p_what, p_key, v_word, array_to_string(p_words, ', ')));
        end if;
        return v_word;
end
$$;
comment on function registry.one_of(jsonb, text, text[], text, text) is 'The word of a key, which must be one of those given.';

create or replace function registry.to_span(p_text text, p_what text)
returns interval
language plpgsql
stable
set search_path = ''
as $$
begin
        if p_text is not null and p_text !~ '^[0-9]+ (day|days|month|months)$' then
                perform registry.complain(format('%s: %L is not a span such as "10 days"', p_what, p_text));
        end if;
        return p_text::interval;
end
$$;
comment on function registry.to_span(text, text) is 'A number of days or months as an interval.';

create or replace function registry.unit_id_of(p_code text, p_what text)
returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
        v_id integer;
begin
        select u.unit_id into v_id from registry.unit u where u.code = p_code;
        if v_id is null then
                perform registry.complain(format('%s: no unit %L in the registry', p_what, p_code));
        end if;
        return v_id;
end
$$;
comment on function registry.unit_id_of(text, text) is 'The number of a unit that must exist.';

create or replace function registry.metric_id_of(p_name text)
returns integer
language plpgsql
set search_path = ''
as $$
declare
        v_id integer;
begin
        insert into registry.metric (name) values (p_name) on conflict do nothing;
        select m.metric_id into v_id from registry.metric m where m.name = p_name;
        return v_id;
end
$$;
comment on function registry.metric_id_of(text) is 'The number of a metric, which is registered when it is new.';

create or replace function registry.add_inputs(p_criterion_id integer, p_role text, p_metrics text[])
returns void
language sql
begin atomic
        insert into registry.criterion_input (criterion_id, role, metric_id, ordinal)
        select p_criterion_id, p_role, registry.metric_id_of(m.name), m.ordinal
        from unnest(p_metrics) with ordinality as m(name, ordinal);
end;
comment on function registry.add_inputs(integer, text, text[]) is 'Says which metrics a criterion is made of.';

create or replace function registry.add_targets(p_criterion_id integer, p jsonb, p_levels text[], p_what text)
returns void
language plpgsql
set search_path = ''
as $$
declare
        v_target jsonb;
        v_what text;
        v_unit_id integer;
        v_valid daterange;
begin
        for v_target in select t.value from jsonb_array_elements(coalesce(p, '[]')) as t(value) loop
                v_what := p_what || ', target';
                perform registry.campaign_keys(v_target, array['level', 'unit', 'whole', 'value', 'from', 'to'], v_what);
                if v_target ? 'level' and v_target ->> 'level' <> all (p_levels) then
                        perform registry.complain(format('%s: level %L is not bound by the criterion', v_what, v_target ->> 'level'));
                end if;
                if (v_target ? 'level')::integer + (v_target ? 'unit')::integer + (coalesce(v_target ->> 'whole', '') = 'true')::integer <> 1 then
                        perform registry.complain(format('%s: say one of level, unit and whole: true', v_what));
                end if;
                v_unit_id := case when v_target ? 'unit' then registry.unit_id_of(v_target ->> 'unit', v_what) end;
                v_valid := registry.to_days(v_target ->> 'from', v_target ->> 'to', v_what);
                if exists (
                        select
                        from registry.target t
                        where t.criterion_id = p_criterion_id
                                and (t.level, t.unit_id) is not distinct from (v_target ->> 'level', v_unit_id)
                                and t.valid && v_valid
                ) then
                        perform registry.complain(format('%s: two targets for %s on the same day', p_what,
                                coalesce('level ' || (v_target ->> 'level'), v_target ->> 'unit', 'the whole')));
                end if;
                insert into registry.target (criterion_id, level, unit_id, whole, value, valid)
                values (p_criterion_id, v_target ->> 'level', v_unit_id, v_unit_id is null and not v_target ? 'level',
                        registry.need(v_target, 'value', v_what)::numeric, v_valid);
        end loop;
end
$$;
comment on function registry.add_targets(integer, jsonb, text[], text) is 'Stores the targets of a criterion; two may not hold on one day.';

create or replace function registry.add_not_applicable(p_criterion_id integer, p jsonb, p_bound text[], p_all text[], p_what text)
returns void
language plpgsql
set search_path = ''
as $$
declare
        v_entry jsonb;
        v_what text := p_what || ', not_applicable';
begin
        for v_entry in select n.value from jsonb_array_elements(coalesce(p, '[]')) as n(value) loop
                perform registry.campaign_keys(v_entry, array['level', 'unit', 'reason'], v_what);
                if (v_entry ? 'level')::integer + (v_entry ? 'unit')::integer <> 1 then
                        perform registry.complain(format('%s: say either level or unit', v_what));
                end if;
                if v_entry ->> 'level' = any (p_bound) then
                        perform registry.complain(format('%s: level %s is bound by the criterion', v_what, v_entry ->> 'level'));
                end if;
                if v_entry ->> 'level' <> all (p_all) then
                        perform registry.complain(format('%s: the campaign has no level %L', v_what, v_entry ->> 'level'));
                end if;
                insert into registry.not_applicable (criterion_id, level, unit_id, reason)
                values (p_criterion_id, v_entry ->> 'level',
                        case when v_entry ? 'unit' then registry.unit_id_of(v_entry ->> 'unit', v_what) end,
                        registry.need(v_entry, 'reason', v_what));
        end loop;
        -- A criterion of the province alone binds no level, and nobody asks why.
        perform registry.complain((
                select format('%s: level %s is neither bound nor listed under not_applicable with a reason', p_what, l.level)
                from unnest(p_all) as l(level)
                where cardinality(p_bound) > 0
                        and l.level <> all (p_bound)
                        and not exists (
                                select from registry.not_applicable n where n.criterion_id = p_criterion_id and n.level = l.level)
                limit 1));
end
$$;
comment on function registry.add_not_applicable(integer, jsonb, text[], text[], text) is
        'Stores whom a criterion does not bind; every level that is left out needs a reason.';

create or replace function registry.add_checklist(p_criterion_id integer, p jsonb, p_levels text[], p_what text)
returns void
language plpgsql
set search_path = ''
as $$
declare
        v_item jsonb;
        v_ordinal integer := 0;
        v_what text;
begin
        for v_item in select i.value from jsonb_array_elements(coalesce(p, '[]')) as i(value) loop
                v_ordinal := v_ordinal + 1;
                v_what := format('%s, checklist item %s', p_what, coalesce(v_item ->> 'key', v_ordinal::text));
                perform registry.campaign_keys(v_item, array['key', 'title', 'metric', 'levels', 'certainty', 'note'], v_what);
                if exists (select from unnest(registry.words(v_item -> 'levels')) as l(level) where l.level <> all (p_levels)) then
                        perform registry.complain(format('%s: it names a level the criterion does not bind', v_what));
                end if;
                insert into registry.criterion_input (criterion_id, role, metric_id, ordinal, item, title, levels, certainty)
                values (p_criterion_id, 'item', registry.metric_id_of(registry.need(v_item, 'metric', v_what)), v_ordinal,
                        registry.need(v_item, 'key', v_what), registry.need(v_item, 'title', v_what),
                        registry.words(v_item -> 'levels'), v_item ->> 'certainty');
        end loop;
end
$$;
comment on function registry.add_checklist(integer, jsonb, text[], text) is
        'Stores the lines of a checklist. A line for no level (levels: []) is listed and not counted.';

create or replace function registry.add_criterion(p_version_id integer, p jsonb, p_ordinal integer, p_levels text[], p_what text)
returns integer
language plpgsql
set search_path = ''
as $$
declare
        v_id integer;
        v_what text := format('%s, criterion %s', p_what, coalesce(p ->> 'id', p_ordinal::text));
        v_kind text := registry.one_of(p, 'kind', array['ratio', 'flag', 'value', 'checklist', 'deadline'], null, v_what);
        v_province text := registry.one_of(p, 'province', array['sum', 'own', 'count_units', 'none'], null, v_what);
        v_bound text[] := coalesce(registry.words(p -> 'levels'), '{}');
        v_kinds text[] := registry.words(p -> 'period');
begin
        perform registry.campaign_keys(p, array['id', 'title', 'kind', 'numerator', 'denominator', 'out_of', 'unit_value', 'witness',
                'period', 'calendar', 'accumulate', 'province', 'passes', 'count_among', 'min_coverage', 'levels', 'not_applicable', 'targets', 'direction',
                'due_after', 'stale_after', 'carry', 'exclude', 'legal_basis', 'certainty', 'note', 'checklist'], v_what);
        perform registry.complain((
                select format('%s: the campaign has no level %L', v_what, l.level) from unnest(v_bound) as l(level) where l.level <> all (p_levels) limit 1));
        perform registry.complain(format('%s: period is missing', v_what)) where cardinality(v_kinds) is null;
        perform registry.complain((
                select format('%s: no kind of period is called %L', v_what, k.kind)
                from unnest(v_kinds) as k(kind)
                where not exists (select from registry.period_type t where t.kind = k.kind)
                limit 1));
        perform registry.complain(v_what || ': ' || case
                when v_kind = 'ratio' and not (p ? 'numerator' and (p ? 'denominator') <> (p ? 'out_of')) then
                        'a ratio needs numerator and either denominator or out_of'
                when v_kind in ('flag', 'value', 'deadline') and not p ? 'unit_value' then format('a %s needs unit_value', v_kind)
                when v_kind = 'checklist' and coalesce(jsonb_array_length(p -> 'checklist'), 0) = 0 then 'a checklist needs items'
                when v_kind <> 'ratio' and p ?| array['numerator', 'denominator', 'out_of', 'witness'] then
                        format('a %s has no numerator, denominator, out_of or witness', v_kind)
                when v_kind not in ('flag', 'value', 'deadline') and p ? 'unit_value' then format('a %s has no unit_value', v_kind)
                when v_kind <> 'checklist' and p ? 'checklist' then format('a %s has no checklist', v_kind)
                when v_kind = 'checklist' and p ->> 'accumulate' <> 'state' then 'a checklist accumulates by state'
                when v_kind = 'deadline' and (p ->> 'accumulate' <> 'sum' or not p ? 'due_after') then 'a deadline accumulates by sum and needs due_after'
                when v_kind not in ('ratio', 'deadline') and v_province = 'sum' then format('a %s cannot be summed over units', v_kind)
                when v_province = 'count_units' and not p ? 'passes' then 'count_units needs passes'
                when v_province <> 'count_units' and p ?| array['passes', 'count_among'] then 'passes and count_among go with count_units'
                when v_province <> 'own' and cardinality(v_bound) = 0 then 'it binds no level'
                end);
        insert into registry.criterion (version_id, code, ordinal, title, kind, period, calendar, accumulate, province, count_among,
                passes, out_of, min_coverage, direction, due_after, stale_after, carry, exclude, legal_basis, certainty, note)
        values (p_version_id, registry.need(p, 'id', v_what), p_ordinal, registry.need(p, 'title', v_what), v_kind, v_kinds,
                registry.one_of(p, 'calendar', array['calendar', '15-14'], 'calendar', v_what),
                registry.one_of(p, 'accumulate', array['sum', 'latest', 'state'], null, v_what),
                v_province,
                registry.one_of(p, 'count_among', array['bound', 'figures'], 'bound', v_what),
                (p ->> 'passes')::numeric, (p ->> 'out_of')::numeric, (p ->> 'min_coverage')::numeric,
                registry.one_of(p, 'direction', array['at_least', 'at_most'], 'at_least', v_what),
                coalesce(registry.to_span(p ->> 'due_after', v_what), interval '0'),
                registry.to_span(p ->> 'stale_after', v_what),
                registry.one_of(p, 'carry', array['none', 'predecessors'], 'none', v_what),
                p ->> 'exclude', registry.need(p, 'legal_basis', v_what), p ->> 'certainty', p ->> 'note')
        returning criterion_id into v_id;

        insert into registry.criterion_level (criterion_id, level) select v_id, l.level from unnest(v_bound) as l(level);
        perform registry.add_inputs(v_id, 'numerator', registry.words(p -> 'numerator'));
        perform registry.add_inputs(v_id, 'denominator', registry.words(p -> 'denominator'));
        perform registry.add_inputs(v_id, 'value', registry.words(p -> 'unit_value'));
        perform registry.add_inputs(v_id, 'witness', registry.words(p -> 'witness'));
        perform registry.add_checklist(v_id, p -> 'checklist', v_bound, v_what);
        perform registry.add_not_applicable(v_id, p -> 'not_applicable', v_bound, p_levels, v_what);
        perform registry.add_targets(v_id, p -> 'targets', v_bound, v_what);
        return v_id;
end
$$;
comment on function registry.add_criterion(integer, jsonb, integer, text[], text) is 'Checks and stores one criterion with all that hangs on it.';

create or replace function registry.add_version(p_campaign_id integer, p jsonb, p_sha256 bytea, p_what text)
returns integer
language plpgsql
set search_path = ''
as $$
declare
        v_id integer;
        v_levels text[];
        v_count bigint;
begin
        insert into registry.campaign_version (campaign_id, version, sha256, title, legal_basis, from_on, to_on, measure_from, measure_to,
                province_id, while_open, content)
        select p_campaign_id, coalesce(max(v.version), 0) + 1, p_sha256,
                registry.need(p, 'title', p_what), registry.need(p, 'legal_basis', p_what),
                registry.to_day(registry.need(p, 'from', p_what), p_what), registry.to_day(registry.need(p, 'to', p_what), p_what),
                registry.to_day(registry.need(p -> 'measure', 'from', p_what || ', measure'), p_what),
                registry.to_day(registry.need(p -> 'measure', 'to', p_what || ', measure'), p_what),
                registry.unit_id_of(registry.need(p, 'province', p_what), p_what),
                registry.one_of(p, 'while_open', array['judged', 'prospect'], 'judged', p_what), p
        from registry.campaign_version v
        where v.campaign_id = p_campaign_id
        returning version_id into v_id;

        insert into registry.campaign_level (version_id, level, kind, title, ordinal)
        select v_id, registry.need(l.value, 'level', p_what || ', levels'), registry.need(l.value, 'kind', p_what || ', levels'),
                registry.need(l.value, 'title', p_what || ', levels'), l.ordinal
        from jsonb_array_elements(p -> 'levels') with ordinality as l(value, ordinal);
        select array_agg(l.level order by l.ordinal) into v_levels from registry.campaign_level l where l.version_id = v_id;

        insert into registry.review (version_id, name, on_day, basis)
        select v_id, registry.need(r.value, 'name', p_what || ', reviews'),
                registry.to_day(registry.need(r.value, 'on', p_what || ', reviews'), p_what || ', reviews'), r.value ->> 'basis'
        from jsonb_array_elements(coalesce(p -> 'reviews', '[]')) as r(value);

        select count(registry.add_criterion(v_id, c.value, c.ordinal::integer, v_levels, p_what))
        into v_count
        from jsonb_array_elements(p -> 'criteria') with ordinality as c(value, ordinal);
        perform registry.complain(format('%s: it has no criteria', p_what)) where v_count = 0;
        return v_id;
end
$$;
comment on function registry.add_version(integer, jsonb, bytea, text) is 'Stores one version of a campaign.';

create or replace function registry.load_campaign(p_campaign jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
        v_code text := registry.need(p_campaign, 'campaign', 'campaign');
        v_what text := 'campaign ' || v_code;
        v_sha256 bytea := sha256(convert_to(p_campaign::text, 'UTF8'));
        v_campaign_id integer;
        v_version_id integer;
        v_is_new boolean := false;
begin
        perform registry.begin_load();
        perform registry.campaign_keys(p_campaign, array['campaign', 'title', 'legal_basis', 'from', 'to', 'province', 'measure', 'levels',
                'reviews', 'caps', 'criteria', 'while_open', 'note'], v_what);
        insert into registry.campaign (code) values (v_code) on conflict do nothing;
        select c.campaign_id into v_campaign_id from registry.campaign c where c.code = v_code;

        -- The newest version only: going back to an older text is a change too.
        select v.version_id into v_version_id
        from registry.campaign_version v
        where v.campaign_id = v_campaign_id
                and v.sha256 = v_sha256
                and v.version = (select max(n.version) from registry.campaign_version n where n.campaign_id = v_campaign_id);
        if v_version_id is null then
                v_version_id := registry.add_version(v_campaign_id, p_campaign, v_sha256, v_what);
                v_is_new := true;
                perform registry.mark_all_dirty();
        end if;
        return (
                select jsonb_build_object('campaign', v_code, 'version', v.version, 'sha256', encode(v.sha256, 'hex'), 'new', v_is_new,
                        'criteria', (select count(*) from registry.criterion c where c.version_id = v.version_id))
                from registry.campaign_version v
                where v.version_id = v_version_id);
end
$$;
comment on function registry.load_campaign(jsonb) is
        'One campaign file as JSON, keys as in the YAML, dates as text. The same content is no new version.';
