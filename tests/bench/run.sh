#!/bin/bash
# Benchmarks: installs what they need, builds the program for speed, and measures it beside its peers. tests/bench/run.sh --help tells the options.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
build=${BENCH_BUILD:-$top/build/bench}
packages="gcc cmake ninja-build pkg-config libcurl4-openssl-dev libpq-dev libyaml-dev libsystemd-dev libssl-dev libyajl-dev libjq-dev libxml2-dev libcsv-dev libmicrohttpd-dev
        zlib1g-dev postgresql-15 python3 python3-psycopg2 python3-requests nginx-light nodejs collectd-core openssl ca-certificates"

# Peers that are large are installed when they are asked for by name.
for name in "$@"; do
        [ "$name" != zabbix ] || packages="$packages zabbix-server-pgsql"
done

missing=
for p in $packages; do
        dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || missing="$missing $p"
done
# Debian keeps npm apart from Node; other builds of Node bring it along.
command -v npm >/dev/null || missing="$missing npm"
if [ -n "$missing" ]; then
        if [ "$(id -u)" != 0 ]; then
                echo "these packages are missing; as root run: apt-get install$missing" >&2
                exit 69
        fi
        # Only programs are wanted: no service is started, no cluster made.
        [ -e /etc/postgresql-common/createcluster.conf ] || { mkdir -p /etc/postgresql-common; echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf; }
        held=
        [ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; held=yes; }
        export DEBIAN_FRONTEND=noninteractive
        # shellcheck disable=SC2086
        { apt-get -qq update && apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends $missing; } >&2 || { [ -z "$held" ] || rm -f /usr/sbin/policy-rc.d; exit 69; }
        [ -z "$held" ] || rm -f /usr/sbin/policy-rc.d
fi

mkdir -p "$build"
launcher=
! command -v ccache >/dev/null || launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBENCH=ON -DBUILD_TESTING=OFF $launcher >"$build/cmake.log" 2>&1 || { cat "$build/cmake.log" >&2; exit 70; }
ninja -C "$build" >"$build/ninja.log" 2>&1 || { tail -n 60 "$build/ninja.log" >&2; exit 70; }
export BENCH_BUILD=$build
exec /usr/bin/python3 -B tests/bench/run.py "$@"
