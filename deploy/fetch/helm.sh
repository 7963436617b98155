#!/bin/sh
# Builds the pinned helm from its source into target/helm, by Go's module proxy and its checksum database; takes some
# minutes. Does nothing when it is there already. Only tests of the chart need it.
# Exit codes: 0 present, 3 this machine has no Go, 1 anything else.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
destination="$root/target/helm"
version=v3.22.0

fail() {
    echo "helm: $1" >&2
    exit "${2:-1}"
}

if [ -x "$destination/helm" ] && [ "$(cat "$destination/version" 2>/dev/null)" = "$version" ]; then
    exit 0
fi
command -v go >/dev/null || fail "go is missing; install Go, or put a helm of your own on the path" 3

mkdir -p "$destination"
echo "helm: building $version" >&2
GOBIN="$destination" GOFLAGS= go install "helm.sh/helm/v3/cmd/helm@$version" >"$destination/build.log" 2>&1 || {
    tail -n 3 "$destination/build.log" >&2
    fail "go could not build helm $version; see $destination/build.log"
}
echo "$version" >"$destination/version"
