// The peer in Node: undici and pg with unnest, 16 endpoints at a time, one transaction an endpoint, into the same two tables as the program.
//
//     node script.mjs BASE CONNINFO_HOST DBNAME ENDPOINTS
//
// Prints seconds and CPU seconds.

import { Agent, request, setGlobalDispatcher } from "undici";
import pg from "pg";

const [base, host, database, endpoints] = process.argv.slice(2);
const CONCURRENT = 16;
const STATEMENT = {
        name: "store",
        text: `with v as (select $1::timestamptz as known_at, 1::bigint as run_id, * from
                        unnest($2::bigint[], $3::int[], $4::int[], $5::date[], $6::date[], $7::numeric[]) as u(record_no, metric_id, unit_id, period_from, period_to, value)),
                o as (insert into fact.observation (known_at, run_id, record_no, metric_id, unit_id, period_from, period_to, period_type, value)
                        select known_at, run_id, record_no, metric_id, unit_id, period_from, period_to, 11, value from v
                        where not exists (select from fact.latest l
                                where (l.metric_id, l.unit_id, l.period_to, l.period_from, l.period_type) = (v.metric_id, v.unit_id, v.period_to, v.period_from, 11::smallint)
                                and l.value is not distinct from v.value)
                        on conflict do nothing)
                insert into fact.latest as l (known_at, metric_id, unit_id, period_from, period_to, period_type, value)
                select known_at, metric_id, unit_id, period_from, period_to, 11, value from v
                on conflict (metric_id, unit_id, period_to, period_from, period_type) do update
                set known_at = excluded.known_at, value = excluded.value where l.value is distinct from excluded.value`,
};

const began = process.hrtime.bigint();
setGlobalDispatcher(new Agent({ connections: CONCURRENT }));
const pool = new pg.Pool({ host, user: "dba", database, max: CONCURRENT });
const units = new Map((await pool.query("select code, unit_id from registry.unit")).rows.map((r) => [r.code, r.unit_id]));
const metrics = new Map((await pool.query("select name, metric_id from registry.metric")).rows.map((r) => [r.name, r.metric_id]));
let next = 0;

function lastDay(first) {
        const [year, month] = first.split("-").map(Number);
        return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}

async function worker() {
        const last = new Map();
        while (next < Number(endpoints)) {
                const n = next++;
                const now = new Date();
                const reply = await request(`${base}/e${n}.json`);
                if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}`);
                const { rows } = await reply.body.json();
                const columns = [[], [], [], [], [], []];
                rows.forEach((record, i) => {
                        if (!last.has(record.p)) last.set(record.p, lastDay(record.p));
                        for (const k of ["a", "b", "c", "d"]) {
                                columns[0].push(i + 1);
                                columns[1].push(metrics.get(`e${n}.${k}`));
                                columns[2].push(units.get(record.u));
                                columns[3].push(record.p);
                                columns[4].push(last.get(record.p));
                                columns[5].push(record[k]);
                        }
                });
                await pool.query({ ...STATEMENT, values: [now, ...columns] });
        }
}

await Promise.all(Array.from({ length: CONCURRENT }, worker));
await pool.end();
const used = process.cpuUsage();
console.log(`${Number(process.hrtime.bigint() - began) / 1e9} ${(used.user + used.system) / 1e6} ${process.resourceUsage().maxRSS}`);
