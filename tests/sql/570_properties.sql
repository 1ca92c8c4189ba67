-- What must not matter does not: names, how a span is cut into periods, through whom a merged unit is counted.
begin;
select plan(6);

select try.months(u, m, variadic v)
from (values
        ('nt-so-y-te', 'workfile.online', array[3, 5, 7, 11]::numeric[]), ('nt-so-y-te', 'workfile.all', array[4, 6, 8, 12]::numeric[]),
        ('nt-prtc-kinh-dinh', 'workfile.online', array[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]::numeric[]),
        ('nt-prtc-kinh-dinh', 'workfile.all', array[11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11]::numeric[])) as x(u, m, v);
select try.months(u.predecessor, 'workfile.online', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), try.months(u.predecessor, 'workfile.all', 2, 2, 2, 2, 2, 2, 2, 2, 2, 2)
from api_v1.successions u where u.successor = 'nt-prtc-kinh-dinh';

-- The predecessors ended on 31/10: ten months each, and each once.
select is((select numerator || '/' || denominator from api_v1.compliance_as_of('ninh-thuan-2024', '2024-12-12') where unit = 'nt-prtc-kinh-dinh' and criterion = 'III.3b'),
        (select (66 + 10 * count(*)) || '/' || (121 + 20 * count(*)) from api_v1.successions where successor = 'nt-prtc-kinh-dinh'), 'predecessor and successor count once');
select is((select sum(numerator) from api_v1.compliance_as_of('ninh-thuan-2024', '2024-12-12') where scope = 'unit' and criterion = 'III.3b' and level = 'X'),
        (select sum(value) from api_v1.figures f join api_v1.units u using (unit) where f.metric = 'workfile.online' and u.kind = 'ubnd_xa'),
        'and nothing is lost or twice in the sum');

-- The same year in quarters gives what its months give.
create temporary table by_month as select criterion, unit, scope, level, numerator, denominator from api_v1.compliance_as_of('ninh-thuan-2024', '2024-03-31') where criterion = 'III.3b';
select registry.load_campaign(jsonb_set(c.content, '{criteria,5,period}', '"quarter"')) from api_v1.campaigns c where c.campaign = 'ninh-thuan-2024';
select try.deliver(array[f.metric], array[f.unit], array[date '2024-01-01'], array[date '2024-03-31'], array[sum(f.value)], 'quarter')
from api_v1.figures f where f.metric like 'workfile.%' and f.period_to <= '2024-03-31' group by f.metric, f.unit;
select set_eq($$select criterion, unit, scope, level, numerator, denominator from api_v1.compliance_as_of('ninh-thuan-2024', '2024-03-31') where criterion = 'III.3b'$$,
        'table by_month', 'three months summed are their quarter');
select is((select numerator from api_v1.compliance_as_of('ninh-thuan-2024', '2024-04-30') where criterion = 'III.3b' and unit = 'nt-so-y-te'), 15::numeric,
        'months and quarters are never added to each other');

-- Names.
create temporary table before as select criterion, scope, level, unit, status, numerator, denominator, target from api_v1.compliance_as_of('ninh-thuan-2024', '2024-12-12');
select registry.load_units((
        select jsonb_agg(jsonb_build_object('code', u.unit, 'name', 'Tên mới ' || u.name, 'kind', u.kind, 'level', u.level, 'parent_code', u.parent,
                'gso_code', u.gso_code, 'valid_from', coalesce(to_char(u.valid_from, 'YYYY-MM-DD'), ''),
                'valid_to', coalesce(to_char(u.valid_to, 'YYYY-MM-DD'), ''), 'note', u.note))
        from api_v1.units u));
select ok((select bool_and(name like 'Tên mới%') from api_v1.units), 'every unit has another name');
select set_eq($$select criterion, scope, level, unit, status, numerator, denominator, target from api_v1.compliance_as_of('ninh-thuan-2024', '2024-12-12')$$,
        'table before', 'and every figure is the same');

select * from finish();
rollback;
