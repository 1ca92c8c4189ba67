#!/bin/bash
# Whole connectors without the network. Each case is a folder with
#   command                    stream and options of "thiduad fetch"
#   NN.request, NN.response    recorded exchanges (src/fetch/replay.h); a body of one line "@PATH" is taken from tests/payloads/PATH
#   codes*.csv                 code tables of the case besides those of the simulated province
#   clock                      day on which it is asked; without it 2024-12-13
#   expect                     the figures, rejects and words that must come of them, and the exit code in the last line
# The connectors are the shipped ones, switched on; what takes real time (rate, repeated attempts) is switched off.
# With UPDATE=yes "expect" is written anew: read it before you commit.
set -u
thiduad=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

gcc -shared -fPIC -O2 -o "$work/wallclock.so" "$top/tests/lib/wallclock.c" || exit 70
preload=$work/wallclock.so
asan=$(ldd "$thiduad" | sed -n 's/.*=> \(.*libasan[^ ]*\).*/\1/p')
[ -z "$asan" ] || preload=$asan:$preload        # it wants to be first
mkdir -p "$work/etc" "$work/credentials"
cp -r "$top/conf/connectors.d" "$work/etc/"
mkdir "$work/etc/campaigns.d"
sed -i -e 's/^enabled: no/enabled: yes/' -e 's/rate: [0-9]*/rate: 0/' -e 's/attempts: [0-9]*/attempts: 1/' "$work"/etc/connectors.d/*.yaml
printf 'instance: test\n' >"$work/etc/thiduad.yaml"
for name in lgsp-secret baocao-token motcua-group; do printf 'not-a-secret' >"$work/credentials/$name"; done

take_exchanges() {
        local response body
        rm -rf "$work/exchanges" "$work/etc/units"
        mkdir "$work/exchanges"
        cp -r "$top/conf/units" "$work/etc/"
        sed 's/^\([a-z0-9]*\)-sim,/\1,/' "$top/tests/province/codes.csv" >"$work/etc/units/codes.csv"
        cp "$1"/codes*.csv "$work/etc/units/" 2>/dev/null
        cp "$1"/*.request "$1"/*.response "$work/exchanges/" 2>/dev/null
        for response in "$work"/exchanges/*.response; do
                body=$(sed -n '/^$/,$p' "$response" | sed -n '2s/^@//p')
                [ -n "$body" ] || continue
                sed -i '/^$/q' "$response"
                cat "$top/tests/payloads/$body" >>"$response"
        done
}

run_case() {
        local day
        day=$(cat "$1/clock" 2>/dev/null || echo 2024-12-13)
        # shellcheck disable=SC2046
        CREDENTIALS_DIRECTORY=$work/credentials LD_PRELOAD=$preload WALLCLOCK_START=$(TZ=Asia/Ho_Chi_Minh date -d "$day 09:00:00" +%s) \
                "$thiduad" fetch $(cat "$1/command") --config "$work/etc/thiduad.yaml" --replay "$work/exchanges" --format json --quiet 2>"$work/words"
        echo "exit $?" >>"$work/words"
        cat "$work/words"
}

for command in "$here"/*/command; do
        case_dir=$(dirname "$command")
        name=$(basename "$case_dir")
        take_exchanges "$case_dir"
        got=$(run_case "$case_dir")
        [ "${UPDATE:-no}" = no ] || printf '%s\n' "$got" >"$case_dir/expect"
        if [ "$got" = "$(cat "$case_dir/expect")" ]; then
                passed=$((passed + 1))
        else
                failed=$((failed + 1))
                echo "FAILED: $name"
                diff "$case_dir/expect" <(printf '%s\n' "$got")
        fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
