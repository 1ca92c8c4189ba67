-- The order inside blocks: no weights, ties as ties, unknown as unknown; a list is checked, never made.
begin;
select plan(10);

-- A campaign of one criterion, so that pairs can be counted by hand.
select registry.load_campaign(jsonb_set(jsonb_set(jsonb_set(c.content, '{campaign}', '"thu"'), '{caps}', '{"collectives": "2"}'), '{criteria}', jsonb_build_array(
        c.content #> '{criteria,5}', c.content #> '{criteria,3}')))
from api_v1.campaigns c where c.campaign = 'ninh-thuan-2024';
select try.months(u, 'workfile.online', variadic array[n]), try.months(u, 'workfile.all', variadic array[d]), try.state(u, 'product.registered', p, '2024-02-01'),
        try.state(u, 'product.in_use', p, '2024-02-01')
from (values ('nt-ninh-hai', 95, 100, 2), ('nt-ninh-son', 190, 200, 2), ('nt-ninh-phuoc', 90, 100, 1), ('nt-thuan-bac', 99, 100, 0)) as x(u, n, d, p);
create temporary table pair as select * from api_v1.dominance_as_of('thu', '2024-02-12');

select is((select relation from pair where unit = 'nt-ninh-hai' and other = 'nt-ninh-son'), 'tie', 'equal shares of other sizes are a tie');
select is((select relation from pair where unit = 'nt-ninh-hai' and other = 'nt-ninh-phuoc'), 'dominates', 'better everywhere');
select is((select relation from pair where other = 'nt-ninh-hai' and unit = 'nt-ninh-phuoc'), 'dominated', 'and the other way round');
select is((select relation from pair where unit = 'nt-ninh-hai' and other = 'nt-thuan-bac'), 'open', 'each is better somewhere: nobody is put first');
select is((select relation from pair where unit = 'nt-ninh-hai' and other = 'nt-thuan-nam'), 'unknown', 'who has no figure is not compared');
select is_empty($$
        select a.unit, a.other from pair a join pair b on b.unit = a.other and b.other = a.unit
        where (a.better, a.worse, a.equal, a.unknown) is distinct from (b.worse, b.better, b.equal, b.unknown)
$$, 'both sides of a pair agree');
select is_empty($$select * from api_v1.check_shortlist('thu', array['nt-ninh-hai', 'nt-ninh-son'], '2024-02-12')$$, 'nothing speaks against these two');
select set_eq($$select unit, finding from api_v1.check_shortlist('thu', array['nt-ninh-phuoc', 'nt-ninh-hai', 'nt-khong-co'], '2024-02-12')$$,
        $$values (null, 'over_cap'), ('nt-khong-co', 'no_member'), ('nt-ninh-phuoc', 'dominated'), ('nt-ninh-hai', 'tie')$$, 'every rule that is broken');
select set_eq($$select finding from api_v1.check_shortlist('thu', array['nt-ninh-hai', 'nt-ninh-son', 'nt-ninh-son'], '2024-02-12')$$,
        array['over_cap', 'twice'], 'a unit named twice');
select is((select count(*)::integer from pair where unit = other), 0, 'nobody stands against itself');

select * from finish();
rollback;
