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

# groff says nothing about a page that is as it should be.
pages_are_clean() {
        local page said
        for page in docs/man/*.[578]; do
                said=$(LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
                [ -z "$said" ] || { printf '%s: %s\n' "$page" "$said"; return 1; }
        done
}

# "thiduad " with nothing behind it is completed to the verbs, and each verb to its options.
completes() {
        bash -c 'source docs/man/thiduad.bash-completion
                COMP_WORDS=(thiduad ""); COMP_CWORD=1; _thiduad; [[ " ${COMPREPLY[*]} " == *" doctor "*" status "* ]] || { echo "${COMPREPLY[*]}"; exit 1; }
                COMP_WORDS=(thiduad check --s); COMP_CWORD=2; _thiduad; [[ "${COMPREPLY[*]}" == --strict ]] || { echo "${COMPREPLY[*]}"; exit 1; }
                COMP_WORDS=(thiduad db up); COMP_CWORD=2; _thiduad; [[ "${COMPREPLY[*]}" == upgrade ]] || { echo "${COMPREPLY[*]}"; exit 1; }'
}

mkdir -p build/deploy
deb=$(systemd/packaging/build-deb.sh) || exit 70
echo "   built $(basename "$deb")"
check "lintian has nothing to say" lintian_is_clean
check "pages, reference and completion are current" /usr/bin/python3 docs/man/print.py build/deb/thiduad --check
check "groff has nothing to say about the manual pages" pages_are_clean
check "the completion completes" completes
check "promtool takes the rules" promtool check rules systemd/packaging/monitoring/thiduad.rules.yml
check "the rules do what their test says" promtool test rules systemd/packaging/monitoring/thiduad.test.yml
[ "$failed" = 0 ] || exit 1
exec /usr/bin/python3 -B tests/deploy/run.py --deb "$deb"
