#!/bin/bash
# Builds the Debian package: systemd/packaging/build-deb.sh [FOLDER] leaves thiduad_VERSION_ARCH.deb in the folder (default build/deb) and prints its path.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$top/build/deb}
umask 022
mkdir -p "$build"
cmake -S "$top" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_TESTING=OFF -DCMAKE_INSTALL_PREFIX=/usr >"$build/cmake.log" 2>&1 || { cat "$build/cmake.log" >&2; exit 70; }
ninja -C "$build" >"$build/ninja.log" 2>&1 || { tail -n 40 "$build/ninja.log" >&2; exit 70; }
rm -f "$build"/*.deb
(cd "$build" && cpack -G DEB) >"$build/cpack.log" 2>&1 || { cat "$build/cpack.log" >&2; exit 70; }
printf '%s\n' "$build"/thiduad_*.deb
