#!/bin/sh
# Puts Debian's pinned `prometheus` and `promtool` into target/prometheus, checked against the committed hashes;
# needs no root. Does nothing when they are there already.
# Exit codes: 0 present, 3 this machine has no apt or its Debian doesn't have this version, 1 anything else.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
pins="$root/deploy/fetch/prometheus"
destination="$root/target/prometheus"
version=2.42.0+ds-5+deb12u1

fail() {
    echo "prometheus: $1" >&2
    exit "${2:-1}"
}

[ "$(uname -s)" = Linux ] || fail "no pinned build for $(uname -s); use Linux" 3
case "$(uname -m)" in
    x86_64) machine=amd64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) fail "no pinned build for $(uname -m); use x86_64 or aarch64" 3 ;;
esac

matches() {
    (cd "$1" 2>/dev/null && sha256sum --check --status "$pins/$machine.sha256" 2>/dev/null)
}

command -v sha256sum >/dev/null || fail "sha256sum is missing; install coreutils"
if matches "$destination"; then
    exit 0
fi

command -v apt-get >/dev/null && command -v dpkg >/dev/null || fail "apt-get or dpkg is missing; use Debian 12" 3

mkdir -p "$destination"
staging=$(mktemp -d "$root/target/prometheus-XXXXXX")
trap 'rm -rf "$staging"' EXIT
trap 'exit 130' INT TERM

echo "prometheus: fetching $version for $machine" >&2
(cd "$staging" && apt-get download "prometheus=$version" >apt.log 2>&1) || {
    tail -n 1 "$staging/apt.log" >&2
    fail "apt could not fetch prometheus=$version; this needs Debian 12 and an \`apt-get update\` of late" 3
}
dpkg -x "$staging"/prometheus_*.deb "$staging/unpacked" || fail "the package can't be unpacked"
for name in prometheus promtool; do
    mv "$staging/unpacked/usr/bin/$name" "$staging/$name"
done
mv "$staging/unpacked/usr/share/doc/prometheus/copyright" "$staging/copyright"

matches "$staging" || fail "the unpacked files differ from deploy/fetch/prometheus/$machine.sha256; see deploy/fetch/README.md on changing a version"

# Each move replaces a file in one step, so a second fetch never sees half a program.
for name in copyright promtool prometheus; do
    mv -f "$staging/$name" "$destination/$name"
done
