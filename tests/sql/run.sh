#!/bin/sh
# Proves sql/ on a PostgreSQL of its own: install, upgrade, shape, pgTAP. Leaves nothing behind.
#
#     tests/sql/run.sh                 everything
#     tests/sql/run.sh 200 4           only pgTAP files whose names begin so
#     tests/sql/run.sh --write-schema  writes tests/sql/expected/schema.sql
#
# Needs postgresql-15, postgresql-15-pgtap, postgresql-15-plpgsql-check, libtap-parser-sourcehandler-pgtap-perl, python3-psycopg2, python3-yaml.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
room=$(mktemp -d "${TMPDIR:-/tmp}/thidua-sql.XXXXXX")
as=
if [ "$(id -u)" = 0 ]; then
        # PostgreSQL refuses to run as root.
        user=$(id -un postgres 2>/dev/null || echo nobody)
        chown "$user" "$room"
        as="setpriv --reuid=$user --regid=$(id -gn "$user") --clear-groups"
fi

stop() {
        $as "$bin/pg_ctl" -D "$room/data" -m immediate stop >/dev/null 2>&1 || true
        rm -rf "$room"
}
trap stop EXIT
trap 'exit 1' INT TERM

$as "$bin/initdb" -D "$room/data" -U dba -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
# A far time zone and an ambiguous date style: nothing may depend on the session's.
$as "$bin/pg_ctl" -D "$room/data" -w -l "$room/log" -o "-k $room -c listen_addresses='' -c fsync=off -c full_page_writes=off \
        -c timezone=America/Los_Angeles -c datestyle='SQL,DMY'" start >/dev/null

PGHOST=$room PGUSER=dba PGDATABASE=fresh
export PGHOST PGUSER PGDATABASE
psql() { command psql -X -q -v ON_ERROR_STOP=1 "$@"; }

# Tables, views, constraints, comments and privileges, without what differs from one server to the next. Functions are
# left out: they stand in sql/always as they are, and 000_shape.sql lists them. Sorted by name, so that a difference is a change.
shape() {
        pg_dump -Fc -s -N try -f "$room/$1.dump" "$1"
        pg_restore -l "$room/$1.dump" | grep -vE '^[0-9]+; [0-9]+ [0-9]+ (ACL [a-z0-9_]+ |COMMENT [a-z0-9_]+ )?FUNCTION ' |
                LC_ALL=C sort -k 4 >"$room/$1.list"
        pg_restore -L "$room/$1.list" -f - "$room/$1.dump" | grep -vE '^(--|\\(un)?restrict|SET |SELECT pg_catalog.set_config)' | cat -s
}

createdb fresh
psql -f "$root/sql/install.sql"
shape fresh >"$room/fresh.sql"
if [ "${1:-}" = --write-schema ]; then
        cp "$room/fresh.sql" "$here/expected/schema.sql"
        echo "wrote tests/sql/expected/schema.sql"
        exit 0
fi
diff -u "$here/expected/schema.sql" "$room/fresh.sql" || {
        echo "sql: the shape of the database changed; if it should have, run tests/sql/run.sh --write-schema"
        exit 1
}

# An upgraded database is one with data, whose always files went in twice.
createdb upgraded
PGDATABASE=upgraded psql -f "$root/sql/install.sql"
PGDATABASE=upgraded "$here/lib/load.py" "dbname=upgraded"
PGDATABASE=upgraded psql -f "$root/sql/install.sql"
shape upgraded | diff -u "$room/fresh.sql" - || {
        echo "sql: an upgraded database differs from a fresh one"
        exit 1
}

# And a database whose once files went in one by one, each table with rows from its first day on, equals one that was built at once: shape, views, figures,
# and what is delivered from then on.
createdb model
PGDATABASE=model psql -f "$root/sql/install.sql" -f "$here/lib/helper.sql"
"$here/lib/load.py" "dbname=model"
PGDATABASE=model psql -o /dev/null -f "$here/lib/history.sql"
createdb grown
"$here/lib/steps.py" "dbname=model" "dbname=grown"
PGDATABASE=grown psql -f "$root/sql/install.sql" -f "$here/lib/helper.sql"
# What a column says stands at the table; partitions that are older than the column do not repeat it.
whole_tables() { grep -vE '^COMMENT ON COLUMN [a-z_.]+_[my][0-9]+[.]' | cat -s; }
shape model | whole_tables >"$room/model.sql"
shape grown | whole_tables | diff -u "$room/model.sql" - || {
        echo "sql: a database that was upgraded script by script, with data, differs from one built at once"
        exit 1
}
"$here/lib/steps.py" --compare "dbname=model" "dbname=grown"
for name in model grown; do
        PGDATABASE=$name psql -o /dev/null -f "$here/lib/history_more.sql"
done
"$here/lib/steps.py" --figures "dbname=model" "dbname=grown"
dropdb model
dropdb grown

# After the shapes were compared, since this leaves data and partitions.
"$here/lib/race.py" "dbname=upgraded"

psql -c 'create extension pgtap' -f "$here/lib/helper.sql"
"$here/lib/load.py" "dbname=fresh"
# Made ahead, as in production, so that the tests run beside each other without waiting for one another's partitions.
psql -c "select ingest.make_partitions(d) from generate_series(timestamptz '2024-01-15 00:00+00', '2024-12-15 00:00+00', '3 months') d" >/dev/null

cd "$here"
files=
for begin in "${@:-[0-9]}"; do
        files="$files $(echo $begin*.sql)"
done
# shellcheck disable=SC2086
pg_prove --failures $files
