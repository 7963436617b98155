#!/bin/sh
# Builds the pinned cargo-deny from crates.io into target/cargo-deny; takes some minutes. Does nothing when it is there
# already. `make lint` uses it to check licences, sources and the crates that only one crate may use.
# Exit codes: 0 present, 1 anything else.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
destination="$root/target/cargo-deny"
version=0.20.2

if [ -x "$destination/bin/cargo-deny" ] && [ "$(cat "$destination/version" 2>/dev/null)" = "$version" ]; then
    exit 0
fi
mkdir -p "$destination"
echo "cargo-deny: building $version" >&2
# Built without optimisation: it runs for a second and would take much longer to compile.
"${CARGO:-cargo}" install --quiet --locked --debug --no-default-features --version "$version" --root "$destination" \
    --target-dir "$destination/build" cargo-deny >"$destination/build.log" 2>&1 || {
    tail -n 3 "$destination/build.log" >&2
    echo "cargo-deny: cargo could not build $version; see $destination/build.log" >&2
    exit 1
}
rm -rf "$destination/build"
echo "$version" >"$destination/version"
