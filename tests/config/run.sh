#!/bin/bash
# Golden tests of findings: each case is a folder of configuration with the exact words that "thiduad check" must say of it, and the exit code in the last line.
# "options" are further words of the command line. What a case is not about comes from shared/. With UPDATE=yes the words are written anew: read them before you commit.
set -u
thiduad=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0

for expect in "$here"/*/expect; do
        case_dir=$(dirname "$expect")
        name=$(basename "$case_dir")
        # shellcheck disable=SC2046
        got=$(cd "$case_dir" && "$thiduad" check $(cat options 2>/dev/null) --config thiduad.yaml 2>&1; echo "exit $?")
        [ "${UPDATE:-no}" = no ] || printf '%s\n' "$got" >"$expect"
        if [ "$got" = "$(cat "$expect")" ]; then
                passed=$((passed + 1))
        else
                failed=$((failed + 1))
                echo "FAILED: $name"
                diff "$expect" <(printf '%s\n' "$got")
        fi
done
/usr/bin/python3 "$here/kinds.py" "$thiduad" || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
