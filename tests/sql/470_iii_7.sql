-- III.7, KH 1670/KH-UBND: sections published / required, portals complete / portals, 100 as a whole.
begin;
select plan(12);

create function pg_temp.portal(p_unit text, p_there integer, p_seen integer)
returns void
language sql
as $$
        select try.state(p_unit, m.name, case when m.nth <= p_there then 1 else 0 end, '2024-12-01')
        from (
                select m.name, row_number() over (order by i.ordinal) as nth
                from registry.criterion c
                join registry.criterion_input i on i.criterion_id = c.criterion_id and i.levels @> '{P}'
                join registry.metric m on m.metric_id = i.metric_id
                where c.code = 'III.7'
        ) m
        where m.nth <= p_seen
$$;

select pg_temp.portal('nt-so-tttt', 11, 11);
select pg_temp.portal('nt-so-y-te', 10, 11);
select pg_temp.portal('nt-ninh-son', 0, 11);
select pg_temp.portal('nt-prtc', 9, 9);
select try.state('nt-so-noi-vu', 'portal.section.gioi-thieu', null, '2024-12-01');
-- Only remembered from the decree: listed, not counted.
select try.state('nt-so-tttt', 'portal.section.ngan-sach', 0, '2024-12-01');
select try.refresh();

select is(try.unit('nt-so-tttt', 'III.7'), 'no_target 11/11 > -', 'complete; the target is one of the province');
select is(try.unit('nt-so-y-te', 'III.7'), 'no_target 10/11 > -', 'one section missing');
select is(try.unit('nt-ninh-son', 'III.7'), 'no_target 0/11 > -', 'read, and nothing there: a zero');
select is(try.unit('nt-prtc', 'III.7'), 'overdue 9/11 > -', 'two sections nobody could read');
select is((select periods_missing from api_v1.compliance where unit = 'nt-prtc' and criterion = 'III.7'), 2, 'two of them');
select is(try.unit('nt-so-noi-vu', 'III.7'), 'no_data -/- > -', 'a portal that could not be read has no data');
select is(try.unit('nt-prtc-do-vinh', 'III.7'), 'not_applicable -/- > -', 'communes');
select is(try.level('P', 'III.7'), 'no_target 1/2 > -, 2 of 20', 'complete portals / portals read');
select is(try.level('H', 'III.7'), 'no_target 0/2 > -, 2 of 7', 'districts');
select is(try.level(null, 'III.7'), 'not_met 1/4 > 100, 4 of 27', 'the province');

select try.state('nt-so-y-te', m.name, 1, '2024-12-02') from registry.metric m where m.name like 'portal.section.%';
select try.refresh();
select is(try.unit('nt-so-y-te', 'III.7'), 'no_target 11/11 > -', 'a later look finds the section');
select is(try.level(null, 'III.7'), 'not_met 2/4 > 100, 4 of 27', 'and the portal passes');

select * from finish();
rollback;
