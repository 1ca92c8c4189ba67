#!/bin/bash
# Runs every test, or the layers named: lint unit config connector sql independent system torture; deploy only when it is named. Installs what they need, builds with ASan and UBSan.
set -uo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 70
build=$top/build/tests
all_layers="lint unit config connector sql independent system torture"

usage() {
        printf 'tests/run.sh [LAYER...] [--kills N] [--seed N]\n\nLayers: %s\n--kills and --seed are for torture: 40 kills where nothing is said, 300 for the long run.\nNot among them unless named: deploy (the Debian package on a bare Debian 12 that boots; needs root, some minutes)\n' "$all_layers"
}

layers= kills=40 seed=1
while [ $# -gt 0 ]; do
        case $1 in
        -h|--help) usage; exit 0 ;;
        --kills) kills=${2:-}; shift ;;
        --seed) seed=${2:-}; shift ;;
        lint|unit|config|connector|sql|independent|system|torture|deploy) layers="$layers $1" ;;
        *) usage >&2; exit 64 ;;
        esac
        shift || { usage >&2; exit 64; }
done
layers=${layers:-$all_layers}

packages="gcc clang cmake ninja-build pkg-config git libcurl4-openssl-dev libpq-dev libyaml-dev libsystemd-dev libssl-dev libyajl-dev libjq-dev libxml2-dev
        libcsv-dev libmicrohttpd-dev zlib1g-dev libcmocka-dev postgresql-15 postgresql-15-pgtap postgresql-15-plpgsql-check pgbouncer libtap-parser-sourcehandler-pgtap-perl
        openjdk-17-jdk-headless libpostgresql-jdbc-java
        nginx-light tinyproxy-bin python3 python3-pytest python3-psycopg2 python3-pglast python3-yaml openssl curl ca-certificates tzdata"

case " $layers " in
*" deploy "*) packages="$packages debootstrap systemd-container dpkg-dev gzip lintian prometheus bash-completion man-db groff-base" ;;
esac

# An own package of Node.js may bring npm with it.
command -v node >/dev/null && command -v npm >/dev/null || packages="$packages nodejs npm"

missing() {
        local p
        for p in $packages; do
                dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || printf '%s ' "$p"
        done
}

# Packages that bring a service are wanted for their program: nothing is started.
hold_services() {
        [ ! -e /usr/sbin/policy-rc.d ] || return 0
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
        services_held=yes
}

release_services() {
        [ "${services_held:-}" != yes ] || rm -f /usr/sbin/policy-rc.d
}

install_packages() {
        local list
        list=$(missing)
        [ -n "$list" ] || return 0
        if [ "$(id -u)" != 0 ]; then
                echo "these packages are missing; as root run: apt-get install $list" >&2
                exit 69
        fi
        echo "installing packages: $list"
        export DEBIAN_FRONTEND=noninteractive
        # The tests need the programs of PostgreSQL, not a cluster of the system's own.
        if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
                mkdir -p /etc/postgresql-common
                echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
        fi
        mkdir -p build
        hold_services
        apt-get -qq -o DPkg::Lock::Timeout=300 update
        # shellcheck disable=SC2086
        apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install -y --no-install-recommends $list >build/packages.log 2>&1 ||
                { release_services; tail -n 30 build/packages.log; exit 69; }
        release_services
        case " $list" in *" pgbouncer "*) systemctl disable -q pgbouncer 2>/dev/null || true ;; esac
        case " $list" in *" nginx-light "*) systemctl disable -q nginx 2>/dev/null || true ;; esac
}

build_tests() {
        mkdir -p "$build"
        cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSANITIZE=address,undefined -DWERROR=ON -DCRASH_POINTS=ON -DBENCH=ON >"$build/cmake.log" 2>&1 ||
                { cat "$build/cmake.log"; exit 70; }
        ninja -C "$build" >"$build/ninja.log" 2>&1 || { tail -n 60 "$build/ninja.log"; exit 70; }
}

run_layer() {
        case $1 in
        lint) bash tests/lint/run.sh ;;
        unit) ctest --test-dir "$build" --output-on-failure -j 2 ;;
        config) bash tests/config/run.sh "$build/thiduad" && /usr/bin/python3 -B tests/config/sections.py "$build/thiduad" ;;
        connector) bash tests/connector/run.sh "$build/thiduad" ;;
        sql) bash tests/sql/run.sh ;;
        independent) /usr/bin/python3 tests/independent/run.py --every 1 ;;
        system) THIDUAD="$build/thiduad" /usr/bin/python3 -m pytest -q -p no:cacheprovider --tb=short tests/system ;;
        torture) THIDUAD="$build/thiduad" /usr/bin/python3 tests/torture/run.py --kills "$kills" --seed "$seed" ;;
        deploy) bash tests/deploy/run.sh ;;
        esac
}

export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1 PYTHONDONTWRITEBYTECODE=1
install_packages
case " $layers " in *" system "*) bash tests/system/oidc/install.sh build/oidc || echo "left out: the tests against oidc-provider, which npm could not install" >&2 ;; esac
case " $layers " in
*" unit "*|*" config "*|*" connector "*|*" system "*|*" torture "*) build_tests ;;
esac

summary= failed=0
for layer in $layers; do
        echo "==== $layer"
        began=$SECONDS
        if run_layer "$layer"; then result=passed; else result=FAILED failed=1; fi
        summary="$summary$(printf '%-10s %s in %d s' "$layer" "$result" $((SECONDS - began)))"$'\n'
done
echo "==== summary"
printf '%s' "$summary"
exit $failed
