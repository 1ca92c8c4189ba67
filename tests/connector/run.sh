#!/bin/bash
# Whole connectors without the network: the recorded exchanges of the shipped ones (conf/connectors.d/*.tests), and the table of all payloads.
set -u
thiduad=$(realpath "$1")
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 70
failed=0
timeout 300 "$thiduad" test --config conf/thiduad.yaml --quiet || failed=1
timeout 60 "$thiduad" test --config tests/connector/kinds/thiduad.yaml --quiet || failed=1
timeout 300 /usr/bin/python3 tests/connector/payloads.py "$thiduad" || failed=1
exit $failed
