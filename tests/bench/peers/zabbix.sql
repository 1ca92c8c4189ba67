-- What an administrator would set up by hand: one host, an HTTP agent item for each endpoint, and one dependent item with a JSONPath for each value. Everything that the
-- package brings (the server's own host, templates) is disabled.

update hosts set status = 1 where status = 0;
insert into hosts (hostid, host, name, status) values (900001, 'bench', 'bench', 0);
insert into hosts_groups (hostgroupid, hostid, groupid) select 900001, 900001, min(groupid) from hstgrp;

-- Type 19: HTTP agent; value type 4: text; the body itself is not kept.
insert into items (itemid, type, hostid, name, key_, delay, history, trends, value_type, url, timeout)
select 1000000 + e, 19, 900001, 'e' || e, 'e' || e, %(delay)s, '0', '0', 4, %(base)s || '/e' || e || '.json', '3s'
from generate_series(0, %(endpoints)s - 1) e;

-- Type 18: dependent; value type 3: whole number.
insert into items (itemid, type, hostid, name, key_, delay, history, trends, value_type, master_itemid)
select 2000000 + (e * %(records)s + r) * 4 + k.ordinal - 1, 18, 900001, v.name, v.name, '0', '1d', '0', 3, 1000000 + e
from generate_series(0, %(endpoints)s - 1) e, generate_series(0, %(records)s - 1) r, unnest('{a,b,c,d}'::text[]) with ordinality as k(name, ordinal),
        lateral (select 'e' || e || '.' || r || '.' || k.name) as v(name);

-- Preprocessing step 12: JSONPath.
insert into item_preproc (item_preprocid, itemid, step, type, params)
select i.itemid, i.itemid, 1, 12, format('$.rows[%%s].%%s', split_part(i.key_, '.', 2), split_part(i.key_, '.', 3))
from items i
where i.itemid >= 2000000 and i.hostid = 900001;

insert into item_rtdata (itemid) select itemid from items where hostid = 900001 on conflict do nothing;
