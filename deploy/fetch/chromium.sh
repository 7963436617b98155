#!/bin/sh
# Makes sure that this machine has a Chromium for the browser tests: the distribution's package, installed by apt where
# this user may do that. A Chromium elsewhere can be named by BYSTANDER_CHROMIUM. Does nothing when there is one already.
# Exit codes: 0 present, 3 there is none and none can be installed here, 1 anything else.
set -eu

fail() {
    echo "chromium: $1" >&2
    exit "${2:-1}"
}

[ ! -x "${BYSTANDER_CHROMIUM:-}" ] || exit 0
for program in chromium chromium-browser google-chrome; do
    ! command -v "$program" >/dev/null || exit 0
done
command -v apt-get >/dev/null || fail "there is no chromium and no apt; install Chromium, or set BYSTANDER_CHROMIUM" 3
[ "$(id -u)" = 0 ] || fail "chromium is missing; run: sudo apt-get install chromium" 3

echo "chromium: installing the distribution's package" >&2
log=$(mktemp)
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
    >"$log" 2>&1 || {
    tail -n 3 "$log" >&2
    fail "apt could not install chromium; see $log"
}
rm -f "$log"
