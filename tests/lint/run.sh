#!/bin/bash
# Runs every lint of this folder; each prints its findings and fails when there is one.
set -u
cd "$(dirname "$0")/../.." || exit 1
passed=0 failed=0
# The system's own Python has the Debian packages that some lints import.
python=/usr/bin/python3
[ -x "$python" ] || python=python3

for lint in tests/lint/*.py; do
        # Shared by lints, none itself.
        [ "$lint" = tests/lint/c_text.py ] && continue
        if "$python" -B "$lint"; then
                passed=$((passed + 1))
        else
                echo "$lint failed"
                failed=$((failed + 1))
        fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
