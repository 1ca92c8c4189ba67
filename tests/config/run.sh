#!/bin/bash
# Golden tests of findings: each case is a folder of configuration with the exact words that "thiduad check" must say of it, and the exit code in the first line.
set -u
thiduad=$1
here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0

for expect in "$here"/*/expect; do
        case_dir=$(dirname "$expect")
        name=$(basename "$case_dir")
        got=$(cd "$case_dir" && "$thiduad" check --config thiduad.yaml 2>&1; echo "exit $?")
        if [ "$got" = "$(cat "$expect")" ]; then
                passed=$((passed + 1))
        else
                failed=$((failed + 1))
                echo "FAILED: $name"
                diff <(cat "$expect") <(printf '%s\n' "$got")
        fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
