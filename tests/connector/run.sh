#!/bin/bash
# Whole connectors without the network: each case is a folder with a configuration, recorded exchanges (NN.request, NN.response), and what must come of them:
# samples.json (one figure a line), rejects (one a line), and in "command" the stream and the options.
set -u
thiduad=$1
here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0

for command in "$here"/*/command; do
        case_dir=$(dirname "$command")
        name=$(basename "$case_dir")
        # shellcheck disable=SC2046
        got=$(cd "$case_dir" && "$thiduad" fetch $(cat command) --config thiduad.yaml --replay . --format json --quiet 2>errors.got; echo "exit $?")
        errors=$(cat "$case_dir/errors.got"); rm -f "$case_dir/errors.got"
        if [ "$got" = "$(cat "$case_dir/samples.json")" ] && [ "$errors" = "$(cat "$case_dir/errors" 2>/dev/null)" ]; then
                passed=$((passed + 1))
        else
                failed=$((failed + 1))
                echo "FAILED: $name"
                diff "$case_dir/samples.json" <(printf '%s\n' "$got")
                diff <(cat "$case_dir/errors" 2>/dev/null) <(printf '%s\n' "$errors")
        fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
