#!/bin/bash
# base.sh ROOT: a bare Debian 12 with systemd in ROOT, from this machine's own package sources. What the test installs in the booted system is only
# fetched into its cache, so that the machine that boots needs no network.
set -euo pipefail

root=$1
[ "$(id -u)" = 0 ] || { echo "the deploy layer makes and boots a system of its own, so it needs root" >&2; exit 69; }
[ ! -e "$root/.complete" ] || exit 0

# In the system already: what boots it and what the simulated province needs. Fetched only: what an operator installs.
inside="systemd,systemd-sysv,dbus,ca-certificates,python3-minimal,libpython3-stdlib,tzdata,locales"
fetched="postgresql prometheus libcurl4 libpq5 libyaml-0-2 libsystemd0 libssl3 libyajl2 libjq1 libxml2 libcsv3 libmicrohttpd12 zlib1g jq bash-completion man-db procps"

sources() { sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null; sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\).*/\2/p' /etc/apt/sources.list 2>/dev/null; }

in_root() { LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }

if [ ! -e "$root/etc/debian_version" ]; then
        mkdir -p "$root"
        debootstrap --variant=minbase --include="$inside" bookworm "$root" "$(sources | head -n 1)" >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; exit 69; }
fi
cp -a /etc/apt/sources.list.d /etc/apt/apt.conf.d "$root/etc/apt/" 2>/dev/null || true
rm -f "$root/etc/apt/apt.conf.d/docker-clean" "$root/etc/resolv.conf"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
# The network of the machine may need its own certificates; they are taken away again.
cp -a /etc/ssl/certs "$root/etc/ssl/certs.machine"
mv "$root/etc/ssl/certs" "$root/etc/ssl/certs.own"; mv "$root/etc/ssl/certs.machine" "$root/etc/ssl/certs"
{
        in_root apt-get -qq update
        # shellcheck disable=SC2086
        in_root apt-get -qq install -y --no-install-recommends ${inside//,/ }
        # The catalogue speaks Vietnamese to whoever's locale is.
        in_root localedef -i vi_VN -f UTF-8 vi_VN.UTF-8
        # shellcheck disable=SC2086
        in_root apt-get -qq install -y --no-install-recommends --download-only $fetched
} >>"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; exit 69; }
rm -rf "$root/etc/ssl/certs"; mv "$root/etc/ssl/certs.own" "$root/etc/ssl/certs"
rm -f "$root/etc/resolv.conf"
: >"$root/etc/machine-id"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/test"
touch "$root/.complete"
