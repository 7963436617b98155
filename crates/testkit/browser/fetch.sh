#!/bin/sh
# Puts what drives the browser (pinned in package-lock.json, checked by its hashes) into target/browser. The browser
# itself is the machine's. Exit codes: 0 present, 3 this machine has no npm, 1 anything else.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
destination=$(cd "$here/../../.." && pwd)/target/browser

if ! command -v npm >/dev/null; then
    echo "browser: npm is missing; install Node.js" >&2
    exit 3
fi
if [ -d "$destination/node_modules" ] && cmp -s "$here/package-lock.json" "$destination/package-lock.json"; then
    exit 0
fi
mkdir -p "$destination"
rm -f "$destination/package-lock.json"
cp "$here/package.json" "$destination/"
cp "$here/package-lock.json" "$destination/package-lock.json.new"
mv "$destination/package-lock.json.new" "$destination/package-lock.json"
echo "browser: fetching playwright-core and axe-core" >&2
npm ci --prefix "$destination" --ignore-scripts --no-audit --no-fund --silent || {
    rm -f "$destination/package-lock.json"
    exit 1
}
