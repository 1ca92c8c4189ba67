-- III.0, KH 1670/KH-UBND: tasks done / tasks due, declared, no target.
begin;
select plan(9);

select try.state('nt-so-y-te', 'tasks.due', 10);
select try.state('nt-so-y-te', 'tasks.done', 7);
select try.state('nt-hoi-phu-nu', 'tasks.due', 0);
select try.state('nt-hoi-phu-nu', 'tasks.done', 0);
select try.state('nt-so-tai-chinh', 'tasks.due', 4);
select try.state('nt-so-tai-chinh', 'tasks.done', null);
select try.state('nt-so-tttt', 'tasks.due', 6, '2024-09-30');
select try.state('nt-so-tttt', 'tasks.done', 6, '2024-09-30');
select try.state('nt-so-tttt', 'tasks.due', 8);
select try.state('nt-so-tttt', 'tasks.done', 6);
select try.refresh();

select is(try.unit('nt-so-y-te', 'III.0'), 'no_target 7/10 > -', 'a declared figure is shown without a verdict');
select is(try.unit('nt-so-tttt', 'III.0'), 'no_target 6/8 > -', 'the newest declaration counts, not their sum');
select is(try.unit('nt-hoi-phu-nu', 'III.0'), 'no_figure 0/0 > -', 'no task due gives no figure');
select is(try.unit('nt-so-tai-chinh', 'III.0'), 'no_data -/- > -', 'an empty cell is no data, not zero');
select is(try.unit('nt-so-khdt', 'III.0'), 'no_data -/- > -', 'who declares nothing has no data');
select is(try.level('P', 'III.0'), 'no_target 13/18 > -, 2 of 20', 'the level sums those that have a figure');
select is(try.level('M', 'III.0'), 'no_data -/- > -, 0 of 6', 'a level whose only figure has a zero denominator has no data');
select is(try.level(null, 'III.0'), 'no_target 13/18 > -, 2 of 95', 'the province sums over all levels');

select try.state('nt-so-tttt', 'tasks.done', null, '2024-12-10');
select try.refresh();
select is(try.unit('nt-so-tttt', 'III.0'), 'overdue 6/8 > -', 'a later empty cell takes the figure back: something is owed');

select * from finish();
rollback;
