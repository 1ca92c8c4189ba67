#!/bin/bash
# Shows the whole path on real input: installs what is needed, builds, starts a throwaway PostgreSQL and the simulated province, runs thiduad on the
# 13th of December 2024 (the day of the final review), and prints who meets which criterion of the plan of 2024.
set -euo pipefail

usage() {
        cat <<'END'
conf/demo/run.sh [--keep] [--json] [--seed N] [--as-of YYYY-MM-DD]

  --keep         leave everything running and print how to look at it with psql
  --json         end with one JSON document on standard output; everything else goes to standard error
  --seed N       another province (default 1)
  --as-of DAY    another day of 2024 (default 2024-12-13)
END
}

keep=no json=no seed=1 day=2024-12-13
while [ $# -gt 0 ]; do
        case $1 in
        --keep) keep=yes ;;
        --json) json=yes ;;
        --seed) seed=$2; shift ;;
        --as-of) day=$2; shift ;;
        -h|--help) usage; exit 0 ;;
        *) usage >&2; exit 64 ;;
        esac
        shift
done

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
build=$top/build/demo
exec 3>&1                       # the result; everything else is told on standard error
[ "$json" = yes ] && exec 1>&2

say() { printf '%s\n' "$*" >&2; }

# ---- packages ----

packages="gcc cmake ninja-build pkg-config libcurl4-openssl-dev libpq-dev libyaml-dev libsystemd-dev libssl-dev libyajl-dev libjq-dev libxml2-dev libcsv-dev
        libmicrohttpd-dev zlib1g-dev postgresql-15 python3 ca-certificates tzdata"

missing() {
        local p
        for p in $packages; do
                dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || printf '%s ' "$p"
        done
}

install_packages() {
        local list
        list=$(missing)
        [ -n "$list" ] || return 0
        if [ "$(id -u)" != 0 ]; then
                say "these packages are missing; as root run: apt-get install $list"
                exit 69
        fi
        say "installing packages: $list"
        export DEBIAN_FRONTEND=noninteractive
        # The demo needs the programs of PostgreSQL, not a cluster of the system's own.
        if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
                mkdir -p /etc/postgresql-common
                echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
        fi
        apt-get -qq -o DPkg::Lock::Timeout=300 update >&2
        # shellcheck disable=SC2086
        apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install -y --no-install-recommends $list >"$top/build/packages.log" 2>&1 ||
                { tail -n 20 "$top/build/packages.log" >&2; exit 69; }
}

# ---- start and stop ----

pg_bin=/usr/lib/postgresql/15/bin
province_pid= daemon_pid= pg_data= work=

# PostgreSQL refuses to run as root: then it runs as nobody.
as_user() {
        if [ "$(id -u)" = 0 ]; then
                setpriv --reuid=nobody --regid=nogroup --clear-groups -- env -C / HOME=/nonexistent "$@"
        else
                "$@"
        fi
}

stop_all() {
        local code=$?
        trap - EXIT INT TERM
        [ -z "$daemon_pid" ] || kill "$daemon_pid" 2>/dev/null || true
        [ -z "$daemon_pid" ] || wait "$daemon_pid" 2>/dev/null || true
        [ -z "$province_pid" ] || kill "$province_pid" 2>/dev/null || true
        [ -z "$pg_data" ] || as_user "$pg_bin/pg_ctl" -D "$pg_data" -m immediate stop >/dev/null 2>&1 || true
        if [ -n "$work" ]; then
                [ ! -e "$work/thiduad.log" ] || cp "$work/thiduad.log" "$build/thiduad.log"
                rm -rf "$work"
        fi
        exit "$code"
}

# Waits until the command succeeds; gives up after so many tenths of a second.
wait_for() {
        local tenths=$1
        shift
        until "$@" >/dev/null 2>&1; do
                tenths=$((tenths - 1))
                [ "$tenths" -gt 0 ] || return 1
                sleep 0.1
        done
}

build_program() {
        say "building"
        cmake -S "$top" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_TESTING=OFF >"$build/cmake.log" 2>&1 || { tail -n 30 "$build/cmake.log" >&2; exit 70; }
        gcc -shared -fPIC -O2 -o "$build/wallclock.so" "$top/tests/lib/wallclock.c"
        ninja -C "$build" thiduad >"$build/ninja.log" 2>&1 || { tail -n 40 "$build/ninja.log" >&2; exit 70; }
}

start_postgres() {
        pg_data=$work/pg/data
        mkdir -p "$work/pg"
        [ "$(id -u)" != 0 ] || chown nobody:nogroup "$work/pg"
        as_user "$pg_bin/initdb" -D "$pg_data" -U postgres -A trust -E UTF8 --no-locale -N >"$work/initdb.log" 2>&1 || { cat "$work/initdb.log" >&2; exit 69; }
        as_user "$pg_bin/pg_ctl" -D "$pg_data" -w -l "$work/pg/log" -o "-k $work/pg -c listen_addresses= -c fsync=off -c timezone=Asia/Ho_Chi_Minh" start >/dev/null ||
                { cat "$work/pg/log" >&2; exit 69; }
        psql -X -q -h "$work/pg" -U postgres -c 'create database thidua' postgres
}

start_province() {
        /usr/bin/python3 "$top/tests/province/serve.py" --port-file "$work/ports.json" --seed "$seed" --today "$day" 2>"$work/province.log" &
        province_pid=$!
        wait_for 150 test -s "$work/ports.json" || { cat "$work/province.log" >&2; exit 69; }
}

port() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" "$work/ports.json"; }

# The shipped configuration, with the hosts, credentials and codes of the simulated province.
write_configuration() {
        local pair name system
        mkdir -p "$work/etc" "$work/credentials"
        cp -r "$top/conf/connectors.d" "$top/conf/campaigns.d" "$top/conf/units" "$work/etc/"
        sed 's/^\([a-z0-9]*\)-sim,/\1,/' "$top/tests/province/codes.csv" >"$work/etc/units/codes.csv"
        for pair in dvcqg:portal dvcqg-766:portal motcua:onestop vanban:lgsp baocao:reports dulieumo:opendata congthongtin:sites khaibao:declared; do
                name=${pair%%:*} system=${pair##*:}
                sed -i -e "s|^base_url: .*|base_url: http://127.0.0.1:$(port "$system")|" -e 's/^enabled: no/enabled: yes/' \
                        -e 's/^  client_id: .*/  client_id: thiduad-sim/' -e 's/rate: [0-9]*/rate: 0/' -e 's/schedule: {every: [0-9]* h}/schedule: {every: 6 h, spread: none}\n    retry: 30 s/' \
                        "$work/etc/connectors.d/$name.yaml"
        done
        printf sim-secret >"$work/credentials/lgsp-secret"
        printf sim-hub-token >"$work/credentials/baocao-token"
        printf 35166 >"$work/credentials/motcua-group"
        cat >"$work/etc/thiduad.yaml" <<END
instance: demo
database:
  conninfo: host=$work/pg user=postgres dbname=thidua
  sql_dir: $top/sql
spool:
  dir: $work/spool
control:
  socket: $work/control.sock
  listen: ""
recompute:
  after: 500 ms
END
}

# The daemon lives on the day that the province plays; only the wall clock is moved, waiting is real.
exec_thiduad() {
        export CREDENTIALS_DIRECTORY=$work/credentials THIDUAD_CONFIG=$work/etc/thiduad.yaml LD_PRELOAD=$build/wallclock.so \
                WALLCLOCK_START=$(TZ=Asia/Ho_Chi_Minh date -d "$day 09:00:00" +%s)
        exec "$build/thiduad" "$@"
}

thiduad() { (exec_thiduad "$@"); }

start_daemon() {
        thiduad check || exit 78
        thiduad db init >"$work/db.log" || { cat "$work/db.log" >&2; exit 69; }
        # exec: the process that is stopped at the end is the daemon itself.
        (exec_thiduad run) 2>"$work/thiduad.log" &
        daemon_pid=$!
        wait_for 150 thiduad status || { cat "$work/thiduad.log" >&2; exit 70; }
}

status_json() { thiduad status --format json; }

# Every stream has ended a run, and the last delivery has been computed.
is_finished() {
        status_json >"$work/status.json" || return 1
        /usr/bin/python3 - "$work/status.json" <<'END'
import json, sys
s = json.load(open(sys.argv[1]))
done = all(c["runs"] > 0 and c["state"] != "running" and not (c["state"] == "failed" and c["failure_class"] in ("http", "limited", "connect", "timeout"))
           for c in s["streams"])
idle = s["spool"]["parcels"] == 0 and s["database"]["state"] == "idle" and not s["recompute"]["is_pending"]
sys.exit(0 if done and idle else 1)
END
}

show_progress() {
        local i
        for ((i = 0; i < 1200; i++)); do
                kill -0 "$daemon_pid" 2>/dev/null || { say "thiduad ended:"; cat "$work/thiduad.log" >&2; exit 70; }
                if is_finished; then return 0; fi
                if [ $((i % 10)) = 0 ]; then
                        /usr/bin/python3 - "$work/status.json" >&2 <<'END' || true
import json, sys
s = json.load(open(sys.argv[1]))
n = len(s["streams"])
ended = sum(c["runs"] > 0 and c["state"] != "running" for c in s["streams"])
now = ", ".join(c["connector"] + "/" + c["stream"] for c in s["streams"] if c["state"] == "running")
print(f"  {ended} of {n} streams polled, {s['database']['observations']} figures stored" + (f"; polling {now}" if now else ""))
END
                fi
                sleep 0.2
        done
        say "not finished after 4 minutes; the log:"
        tail -n 40 "$work/thiduad.log" >&2
        exit 70
}

# One document: compliance and levels as the database gives them, connectors as the daemon does.
print_json() {
        thiduad compliance --format json >"$work/compliance.json"
        /usr/bin/python3 - "$work/compliance.json" "$work/status.json" >&3 <<'END'
import json, sys
result, status = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
result["connectors"] = [{"connector": s["connector"] + "/" + s["stream"], "state": s["state"], "samples": s["samples"], "rejects": s["rejects"]} for s in status["streams"]]
json.dump(result, sys.stdout, ensure_ascii=False)
print()
END
}

print_table() {
        thiduad compliance
        echo
        thiduad status
        echo
        echo "Rejected records:"
        thiduad quarantine list
}

mkdir -p "$build"
install_packages
build_program
work=$(mktemp -d /tmp/thiduad-demo.XXXXXX)
chmod 755 "$work"
trap stop_all EXIT INT TERM

say "starting PostgreSQL and the simulated province of $day"
start_postgres
start_province
write_configuration
say "polling"
start_daemon
show_progress

if [ "$json" = yes ]; then print_json; else print_table; fi

if [ "$keep" = yes ]; then
        trap - EXIT INT TERM
        say
        say "Still running. Look at the figures with:  psql -h $work/pg -U postgres thidua"
        say "  for example:  select * from api_v1.compliance limit 20;"
        say "Ask the daemon with:  $build/thiduad status --config $work/etc/thiduad.yaml"
        say "Stop it all with:     kill $daemon_pid $province_pid; $([ "$(id -u)" = 0 ] && echo 'setpriv --reuid=nobody --regid=nogroup --clear-groups -- ')$pg_bin/pg_ctl -D $pg_data stop; rm -rf $work"
fi
