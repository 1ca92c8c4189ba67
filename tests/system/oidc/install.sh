#!/bin/bash
# Installs the OAuth2 server of the tests, exactly as the lock file pins it, into FOLDER; does nothing when that was done already.
set -euo pipefail

from=$(cd "$(dirname "$0")" && pwd)
to=$1
mkdir -p "$to"
cmp -s "$from/package-lock.json" "$to/installed" && exit 0
cp "$from/package.json" "$from/package-lock.json" "$to/"
(cd "$to" && npm ci --cache "$PWD/cache" --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1) || { cat "$to/npm.log" >&2; exit 69; }
cp "$from/package-lock.json" "$to/installed"
