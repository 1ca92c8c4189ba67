-- Why: from the verdict to the payload, with what is missing and what is not used.
begin;
select plan(34);

select try.months('nt-prtc-kinh-dinh', 'edoc.signed', 1, 1, null, 1, 1, 1, 1, 1, 1, 1, 1);
select try.months('nt-prtc-kinh-dinh', 'edoc.not_signed', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.months('nt-prtc-tan-tai', 'edoc.signed', 2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
select try.months('nt-prtc-tan-tai', 'edoc.not_signed', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
select try.state('nt-so-y-te', 'tasks.due', 3, '2024-09-30'), try.state('nt-so-y-te', 'tasks.done', 3, '2024-09-30'),
        try.state('nt-so-y-te', 'tasks.due', 4), try.state('nt-so-y-te', 'tasks.done', 3);
select try.state('nt-so-tttt', 'opendata.listed', 4), try.state('nt-so-tttt', 'opendata.provided', 4);
select try.refresh();

create temporary table told as
select api_v1.explain('nt-prtc-kinh-dinh', 'III.3a', 'ninh-thuan-2024') as e;
select is((select e ->> 'status' from told), 'overdue', 'the status');
select is((select format('%s/%s', e ->> 'numerator', e ->> 'denominator') from told), '30/30', 'the figure');
select is((select e -> 'carried_from' from told), '["nt-prtc-my-huong", "nt-prtc-tan-tai"]', 'whose figures it carries');
select is((select jsonb_array_length(e -> 'missing') from told), 11, 'March of its own and ten months of a ward that was silent');
select is((select e -> 'missing' -> 2 from told),
        '{"unit": "nt-prtc-kinh-dinh", "period_from": "2024-03-01", "period_to": "2024-03-31"}', 'each is named');
select is((select (e ->> 'periods_due')::integer - (e ->> 'periods_missing')::integer from told), 20, 'due less missing');
select is((select e -> 'rule' ->> 'legal_basis' from told), 'Mục III.3 Kế hoạch 1670/KH-UBND', 'the act');
select is((select e -> 'rule' ->> 'exclude' from told), 'Văn bản mật', 'what is left out');
select is((select (e ->> 'version')::integer from told), 1, 'the version of the campaign');
select is((select count(*) from told, jsonb_array_elements(e -> 'statements') s where not (s ->> 'used')::boolean), 1::bigint,
        'half a ratio in March is shown and not used');
select is_empty($$select s from told, jsonb_array_elements(e -> 'statements') s
        where s -> 'source' ->> 'payload_sha256' is distinct from repeat('ab', 32) or s -> 'source' -> 'request' ->> 'status' <> '200'
                or not exists (select from api_v1.runs r where r.run::text = s -> 'source' ->> 'run')$$, 'every statement leads to run, request and payload');
-- A numerator metric is part of the denominator too and stands in both roles.
select is((select sum((s ->> 'value')::numeric) from told, jsonb_array_elements(e -> 'statements') s
        where s ->> 'role' = 'numerator' and (s ->> 'used')::boolean), 30::numeric, 'what is used adds up to the figure');

select is((select count(*) from jsonb_array_elements(api_v1.explain('nt-so-y-te', 'III.0', 'ninh-thuan-2024') -> 'statements') s
        where (s ->> 'used')::boolean and s ->> 'period_to' = '2024-11-30'), 2::bigint, 'of two states the newest is used');
select is(api_v1.explain('nt-mttq', 'III.3a', 'ninh-thuan-2024') ->> 'reason',
        'Mặt trận và các tổ chức chính trị - xã hội không phải cơ quan hành chính', 'why it does not apply');
select is(api_v1.explain('H43', 'III.8b', 'ninh-thuan-2024') ->> 'status', 'met', 'the province');
select is((select count(*) from jsonb_array_elements(api_v1.explain('H43', 'III.8b', 'ninh-thuan-2024') -> 'units') u
        where u ->> 'status' <> 'no_data'), 1::bigint, 'and the units it is made of');
select is(api_v1.explain('nt-so-y-te', 'III.0', 'ninh-thuan-2024', '2024-10-31') ->> 'numerator', '3', 'for an earlier day');
select throws_ok($$select api_v1.explain('nt-so-y-te', 'III.9', 'ninh-thuan-2024')$$, '22023',
        'campaign ninh-thuan-2024 has no criterion ''III.9''', 'no such criterion');
select is(api_v1.explain('H43', 'III.8b', null) ->> 'status', 'met', 'without a campaign: the one with results that began last');

create temporary table read as select api_v1.render_explain('text', 'nt-prtc-kinh-dinh', 'III.3a', 'ninh-thuan-2024') as t;
select matches((select t from read), '\n\nVerdict: overdue, figure 30 of 30 = 100\.00 %, target at least 100', 'as text: the verdict');
select matches((select t from read), '\n  legal basis: Mục III\.3 Kế hoạch 1670/KH-UBND\n', 'as text: the act');
select matches((select t from read), '\n  missing: 2024-03-01\.\.2024-03-31 of nt-prtc-kinh-dinh\n', 'as text: what is owed');
select matches((select t from read), '\nCarried from predecessors: nt-prtc-my-huong, nt-prtc-tan-tai\n', 'as text: whose figures it carries');
select matches((select t from read), '\n  2024-03-01\.\.2024-03-31 .* not used\n', 'as text: what is not used');
select is((select count(*) from read, regexp_matches(t, '\n  2024-[^\n]* \[[0-9]+\] record', 'g')), (select count(*) from told, jsonb_array_elements(e -> 'statements') s
        where jsonb_typeof(s -> 'source') = 'object'), 'as text: every statement with its source');
select matches((select t from read), '\n      answered 200 at [^\n]*, body sha256 (ab){32}', 'as text: the answer it came from');
select matches(api_v1.render_explain('text', 'nt-mttq', 'III.3a', 'ninh-thuan-2024'), '\n\nVerdict: not_applicable\nReason: Mặt trận', 'as text: no figure and no target where there are none');
select matches(api_v1.render_explain('text', 'H43', 'III.8b', 'ninh-thuan-2024'), '\nUnits \(1 of [0-9]+ have a figure\):\n  nt-', 'as text: the units of the province');
set local role thidua_reader;
select throws_ok($$select api_v1.explain('nt-bao', 'III.0', 'ninh-thuan-2024')$$, '22023',
        'campaign ninh-thuan-2024 has no figure of nt-bao for criterion III.0 on 2024-12-13', 'a unit that is not ranked');

reset role;
update ingest.request set stored = false, withheld = true, head = null;
select is((select count(*) from jsonb_array_elements(api_v1.explain('nt-so-y-te', 'III.0', 'ninh-thuan-2024') -> 'statements') s
        where (s #> '{source,payload_withheld}') is distinct from 'true' and s -> 'source' <> 'null'), 0::bigint, 'a body that was withheld is told apart from one that was too large');
select matches(api_v1.render_explain('text', 'nt-so-y-te', 'III.0', 'ninh-thuan-2024'), ', body sha256 (ab){32}, withheld: the stream is confidential', 'as text: why there is no body');
select is(comply.shown_head(convert_to('Kỳ ấ', 'UTF8')), 'Kỳ ấ', 'the beginning of a reply as text');
select is(comply.shown_head(substr(convert_to('Kỳ ấ', 'UTF8'), 1, 7)), 'Kỳ ', 'cut within a letter, up to there');
select is(comply.shown_head('\xff00ff'), '\377\000\377', 'what is no text is escaped');

select * from finish();
rollback;
