#!/bin/sh
# Makes a Python environment with what checks manifests, images and JSON Schemas (kubernetes-validate, hadolint, PyYAML,
# jsonschema), pinned and hash-checked, at target/checkers. Does nothing when it is there already.
# Exit codes: 0 present, 3 this machine has no Python with venv, 1 anything else.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
pins="$root/deploy/fetch/checkers/requirements.txt"
venv="$root/target/checkers"

fail() {
    echo "checkers: $1" >&2
    exit "${2:-1}"
}

if cmp -s "$pins" "$venv/requirements.txt"; then
    exit 0
fi
command -v python3 >/dev/null || fail "python3 is missing; install python3 (3.10 or newer) with venv and pip" 3

echo "checkers: fetching what deploy/fetch/checkers/requirements.txt names" >&2
rm -rf "$venv"
mkdir -p "$root/target"
python3 -m venv "$venv" >&2 || fail "python3 can't make an environment; install python3-venv" 3
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: \
    --requirement "$pins" >&2 || fail "pip could not install $pins; check the network or pip's index settings"
cp "$pins" "$venv/requirements.txt"
