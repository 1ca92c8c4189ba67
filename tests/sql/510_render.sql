-- The texts the program prints: same rows, three forms.
begin;
select plan(19);

select is(api_v1.render_compliance(), null, 'nothing computed, nothing to show');
select try.state('nt-so-y-te', 'tasks.due', 3, '2024-01-31'), try.state('nt-so-y-te', 'tasks.done', 2, '2024-01-31');
select try.months('nt-so-y-te', 'edoc.signed', 99999), try.months('nt-so-y-te', 'edoc.not_signed', 1);
select try.refresh('2024-02-01');

select is((select api_v1.render_compliance('json')::jsonb ->> 'units'), '98', 'units on the day');
select is(jsonb_array_length(api_v1.render_compliance('json')::jsonb -> 'compliance'), 98 * 13, 'every unit, every criterion of units');
select is(jsonb_path_query_first(api_v1.render_compliance('json')::jsonb,
        '$.compliance[*] ? (@.unit == "nt-so-y-te" && @.criterion == "III.3a")') - 'name' - 'periods_due' - 'periods_missing',
        '{"unit": "nt-so-y-te", "level": "P", "criterion": "III.3a", "status": "not_met", "numerator": 99999, "denominator": 100000,
        "value": 99.999, "target": 100, "reason": null, "prospect": null}', 'one row');
select is(jsonb_path_query_first(api_v1.render_compliance('json')::jsonb, '$.levels[*] ? (@.level == "province" && @.criterion == "III.3a")'),
        '{"level": "province", "criterion": "III.3a", "status": "not_met", "numerator": 99999, "denominator": 100000, "value": 99.999, "target": 100,
        "units_bound": 92, "units_counted": 1, "units_passed": null, "units_met": 0}', 'the province');
select is(jsonb_array_length(api_v1.render_compliance('json', p_unit => 'nt-so-y-te')::jsonb -> 'compliance'), 13, 'one unit');
select is(jsonb_array_length(api_v1.render_compliance('json', p_level => 'H', p_criterion => 'III.0')::jsonb -> 'compliance'), 7, 'one level, one criterion');
select is(api_v1.render_compliance('csv', p_unit => 'nt-so-y-te', p_criterion => 'III.0'),
        E'campaign,as_of,scope,level,unit,name,criterion,status,numerator,denominator,value,target,reason\r\n'
        'ninh-thuan-2024,2024-02-01,unit,P,nt-so-y-te,Sở Y tế,III.0,no_target,2,3,66.666667,,' || E'\r\n', 'CSV');
select matches(api_v1.render_compliance('csv', p_unit => 'nt-so-vhttdl'), '"Sở Văn hóa, Thể thao và Du lịch"', 'a name with a comma is quoted');
select matches(api_v1.render_compliance(), E'\nSở Y tế +66\\.67', 'a table of all units');
select unalike(api_v1.render_compliance(), '%100.00%', '99,999 of 100,000 does not print as 100.00');
select matches(api_v1.render_compliance(p_unit => 'nt-so-y-te'), 'III.3a +Sở Y tế +99999/100000 +99\.99 +100 not_met', 'a list of one unit');
select is(jsonb_path_query_first(api_v1.render_compliance('json', p_as_of => '2024-01-31', p_known_at => '2024-01-01 00:00+07')::jsonb,
        '$.compliance[*] ? (@.unit == "nt-so-y-te" && @.criterion == "III.3a").status'), '"no_data"', 'as it was known then');
select throws_ok($$select api_v1.render_compliance('xml')$$, '22023', 'no format is called ''xml''; there are table, json and csv', 'no such form');

-- Levels stand in the order of their campaign, whatever they are called, and the province by the code of its unit.
select registry.load_campaign(c.content || '{"campaign": "khac", "levels": [{"level": "Z", "kind": "ubnd_xa", "title": "Xã trước"}, {"level": "A", "kind": "so_ban_nganh", "title": "Sở sau"}],
        "criteria": [{"id": "K", "title": "Một việc", "kind": "flag", "unit_value": "try.flag", "period": "day", "accumulate": "state", "province": "count_units", "passes": "1",
        "levels": ["Z", "A"], "legal_basis": "thử"}]}') is not null as loaded from api_v1.campaigns c where c.campaign = 'ninh-thuan-2024';
select try.state('nt-so-y-te', 'try.flag', 1, '2024-01-31'), try.state('nt-prtc-do-vinh', 'try.flag', 1, '2024-01-31'), try.refresh('2024-02-01');
select matches(api_v1.render_compliance(p_campaign => 'khac'), '\nZ  Xã trước\n.*\nA  Sở sau\n', 'a table in the order of the levels');
select matches(api_v1.render_compliance(p_campaign => 'khac'), '\nK +Z +1/65 .*\nK +A +1/20 .*\nK +H43 +2/85 ', 'so are their sums, and the province last');
select matches(api_v1.render_compliance(p_campaign => 'khac', p_criterion => 'K'), '\nK +UBND phường Đô Vinh +1 .*\nK +Sở Y tế ', 'and a list');

select try.state('nt-nobody', 'tasks.due', 3);
set local role thidua_reader;
select matches(api_v1.render_rejects(), 'try/try +unit_not_in_registry +nt-nobody +no unit ''nt-nobody'' in the registry', 'rejects');
select is(api_v1.render_rejects('json', 'other'), null, 'none of another connector');

select * from finish();
rollback;
