#!/bin/sh
# Says which tests ran on a real broker, on real data and with other tools, and which were left out and why.
# `--reset` forgets the last run; call it before the tests.
set -eu

report=$(cd "$(dirname "$0")/.." && pwd)/target/test-report

case "${1:-}" in
    --reset)
        rm -f "$report/ran-on-kafka.txt" "$report/ran-on-real-data.txt" "$report/ran-with-tools.txt" "$report/ran-with-an-earlier-binary.txt" "$report/left-out.txt"
        exit 0
        ;;
    "") ;;
    *)
        echo "usage: tests/summary.sh [--reset]" >&2
        exit 2
        ;;
esac

# A test that ran several times counts once.
lines() {
    [ ! -f "$report/$1" ] || sort -u "$report/$1"
}

left_out() {
    lines left-out.txt | grep "^$1: " || true
}

count() {
    grep -c . || true
}

left_out "real broker"
left_out "real data"
left_out "other tools"
left_out "earlier binary"
echo "on a real broker: $(lines ran-on-kafka.txt | count) tests ran, $(left_out "real broker" | count) left out"
echo "on real data: $(lines ran-on-real-data.txt | count) tests ran, $(left_out "real data" | count) left out"
echo "with other tools: $(lines ran-with-tools.txt | count) tests ran, $(left_out "other tools" | count) left out"
echo "with an earlier binary: $(lines ran-with-an-earlier-binary.txt | count) tests ran, $(left_out "earlier binary" | count) left out"

# Where a missing broker or tool must fail the tests, a test that was left out all the same is a failure.
required() {
    [ "$2" != 1 ] || [ "$(left_out "$1" | count)" = 0 ] || {
        echo "tests were left out for want of: $1" >&2
        exit 1
    }
}
required "real broker" "${BYSTANDER_REQUIRE_KAFKA:-0}"
required "other tools" "${BYSTANDER_REQUIRE_TOOLS:-0}"
