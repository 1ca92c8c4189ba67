-- An explanation as text for people: the document of comply.explain, from the verdict down to the sources, each source told once.

create or replace function comply.shown_days(p_from date, p_to date)
returns text
language sql
stable
begin atomic
        select case
                when p_from = p_to then to_char(p_to, 'YYYY-MM-DD')
                else to_char(p_from, 'YYYY-MM-DD') || '..' || to_char(p_to, 'YYYY-MM-DD')
                end;
end;
comment on function comply.shown_days(date, date) is 'A span of days: one day, or the first and the last.';

create or replace function comply.explained_verdict(p_doc jsonb)
returns text
language sql
stable
begin atomic
        select format(E'%s (%s)\n%s  %s\ncampaign %s, version %s, level %s, as of %s%s\n\nVerdict: %s%s%s%s%s\n',
                p_doc ->> 'unit_name', p_doc ->> 'unit', p_doc #>> '{rule,criterion}', p_doc #>> '{rule,title}',
                p_doc ->> 'campaign', p_doc ->> 'version', coalesce(p_doc ->> 'level', '-'), p_doc ->> 'as_of',
                coalesce(', with what was known at ' || (p_doc ->> 'known_at'), ''),
                p_doc ->> 'status',
                coalesce(', figure ' || case
                        when p_doc ->> 'denominator' is not null then format('%s of %s', p_doc ->> 'numerator', p_doc ->> 'denominator')
                                || case when (p_doc ->> 'denominator')::numeric = 0 then '' else format(' = %s %%',
                                        comply.shown_value((p_doc ->> 'numerator')::numeric, (p_doc ->> 'denominator')::numeric)) end
                        else coalesce(p_doc ->> 'numerator', p_doc ->> 'value')
                        end, ''),
                coalesce(', target ' || case p_doc #>> '{rule,direction}' when 'at_most' then 'at most ' else 'at least ' end || (p_doc ->> 'target'), ''),
                coalesce(', the source states it as of ' || left(p_doc ->> 'observed_at', 10), ''),
                coalesce(E'\nReason: ' || (p_doc ->> 'reason'), ''));
end;
comment on function comply.explained_verdict(jsonb) is 'Who, what, when and the verdict of an explanation.';

create or replace function comply.explained_rule(p_rule jsonb)
returns text
language sql
stable
begin atomic
        select format(E'\nRule: %s, %s over %s periods (%s)%s%s\n', p_rule ->> 'kind', p_rule ->> 'accumulate',
                (select string_agg(w, ' or ') from jsonb_array_elements_text(p_rule -> 'period') w), p_rule ->> 'calendar',
                coalesce(', due ' || nullif(p_rule ->> 'due_after', '00:00:00') || ' after the period', ''),
                coalesce(', stale after ' || (p_rule ->> 'stale_after'), ''))
                || coalesce('  legal basis: ' || (p_rule ->> 'legal_basis') || E'\n', '')
                || coalesce('  certainty of the rule: ' || (p_rule ->> 'certainty') || E'\n', '')
                || coalesce('  outside the rule: ' || (p_rule ->> 'exclude') || E'\n', '')
                || coalesce('  note: ' || (p_rule ->> 'note') || E'\n', '');
end;
comment on function comply.explained_rule(jsonb) is 'The rule of an explanation.';

create or replace function comply.explained_statements(p_statements jsonb)
returns text
language sql
stable
begin atomic
        with statement as (
                select s.item as one, s.nth, s.item -> 'source' as source
                from jsonb_array_elements(p_statements) with ordinality s (item, nth)
        ),
        source as (
                select t.source - 'record' as source, row_number() over (order by min(t.nth)) as number
                from statement t
                where jsonb_typeof(t.source) = 'object'
                group by t.source - 'record'
        ),
        line as (
                select t.nth, t.one ->> 'excerpt' as excerpt, comply.shown_days((t.one ->> 'period_from')::date, (t.one ->> 'period_to')::date) as days,
                        concat_ws(' ', t.one ->> 'role', t.one ->> 'item') as part, t.one ->> 'metric' as metric,
                        coalesce(t.one ->> 'value', 'no figure') as value,
                        concat_ws(', ',
                                case when not (t.one ->> 'used')::boolean then 'not used' end,
                                'of ' || nullif(t.one ->> 'unit', first_value(t.one ->> 'unit') over (order by t.nth)),
                                'source''s remark: ' || (t.one ->> 'quality'), 'evidence: ' || (t.one ->> 'evidence')) as remark,
                        coalesce(format('[%s] record %s', s.number, t.source ->> 'record'), '') as place,
                        left(replace(t.one ->> 'known_at', 'T', ' '), 16) as known
                from statement t
                left join source s on s.source = t.source - 'record'
        ),
        wide as (
                select max(length(l.days)) as days, max(length(l.part)) as part, max(length(l.metric)) as metric, max(length(l.value)) as value,
                        max(length(l.place)) as place
                from line l
        )
        select coalesce(E'\nFigures, with the moment each became known and its source:\n' || (
                select string_agg(rtrim(format('  %s  %s  %s  %s  %s  %s  %s', rpad(l.days, w.days), rpad(l.part, w.part), rpad(l.metric, w.metric),
                        lpad(l.value, w.value), l.known, rpad(l.place, w.place), l.remark)) || E'\n', '' order by l.nth)
                from line l
                cross join wide w), '')
                || coalesce(E'\nWhere the newest stand, in the body of the source:\n' || (
                select string_agg(format(E'  %s = %s: %s\n', l.metric, l.value, l.excerpt), '' order by l.nth)
                from line l
                where l.excerpt is not null), '')
                || coalesce(E'\nSources:\n' || (
                select string_agg(format(E'  [%s] %s/%s, run %s, request %s\n      %s %s\n      answered %s at %s, body sha256 %s%s\n', s.number,
                        s.source ->> 'connector', s.source ->> 'stream', s.source ->> 'run', coalesce(s.source #>> '{request,seq}', '-'),
                        s.source #>> '{request,method}', s.source #>> '{request,url}', s.source #>> '{request,status}',
                        left(replace(s.source #>> '{request,sent_at}', 'T', ' '), 19), s.source ->> 'payload_sha256',
                        case
                                when (s.source ->> 'payload_stored')::boolean then ', kept'
                                when (s.source ->> 'payload_withheld')::boolean then ', withheld: the stream is confidential'
                                else ', not kept' end), '' order by s.number)
                from source s), '');
end;
comment on function comply.explained_statements(jsonb) is 'Figures of an explanation and, numbered, the answers they came from.';

create or replace function comply.render_explanation(p_doc jsonb)
returns text
language sql
stable
begin atomic
        select comply.explained_verdict(p_doc)
                || comply.explained_rule(p_doc -> 'rule')
                || coalesce((
                        select format(E'\nPeriods owed: %s, missing: %s\n', p_doc ->> 'periods_due', p_doc ->> 'periods_missing')
                        where (p_doc ->> 'periods_due')::integer > 0), '')
                || coalesce((
                        select string_agg(format(E'  missing: %s of %s\n', comply.shown_days((m.item ->> 'period_from')::date, (m.item ->> 'period_to')::date),
                                m.item ->> 'unit'), '' order by m.nth)
                        from jsonb_array_elements(p_doc -> 'missing') with ordinality m (item, nth)), '')
                || coalesce((
                        select format(E'\nCarried from predecessors: %s\n', string_agg(c.unit, ', '))
                        from jsonb_array_elements_text(p_doc -> 'carried_from') c (unit)
                        having count(*) > 0), '')
                || coalesce(comply.explained_statements(p_doc -> 'statements'), '')
                || coalesce(E'\nUnits (' || (p_doc ->> 'units_counted') || ' of ' || (p_doc ->> 'units_bound') || E' have a figure):\n' || (
                        select string_agg(rtrim(format('  %s  %s  %s', rpad(u.item ->> 'unit', 32), rpad(u.item ->> 'status', 14),
                                coalesce(u.item ->> 'numerator', '-') || coalesce(' of ' || (u.item ->> 'denominator'), ''))) || E'\n', '' order by u.nth)
                        from jsonb_array_elements(p_doc -> 'units') with ordinality u (item, nth)), '');
end;
comment on function comply.render_explanation(jsonb) is 'An explanation as text for people.';
