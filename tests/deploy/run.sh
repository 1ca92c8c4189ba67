#!/bin/bash
# The package: built, held against lintian, its manual pages and rules checked, then installed on a bare Debian 12 that boots.
set -uo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 70
failed=0

check() {
        local name=$1
        shift
        if "$@" >build/deploy/check.log 2>&1; then printf '   %s\n' "$name"; else printf '   %s FAILED\n' "$name"; cat build/deploy/check.log; failed=1; fi
}

lintian_is_clean() { ! lintian --tag-display-limit 0 "$deb" 2>&1 | grep -E '^[EW]:'; }

mkdir -p build/deploy
deb=$(systemd/packaging/build-deb.sh) || exit 70
echo "   built $(basename "$deb")"
check "lintian has nothing to say" lintian_is_clean
check "pages, reference and completion are current" /usr/bin/python3 docs/man/print.py build/deb/thiduad --check
check "manual pages, completion and alert rules are as they should be" /usr/bin/python3 -B tests/lint/shipped.py --all
[ "$failed" = 0 ] || exit 1
exec /usr/bin/python3 -B tests/deploy/run.py --deb "$deb"
