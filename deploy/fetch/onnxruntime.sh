#!/bin/sh
# Puts the pinned ONNX Runtime at target/onnxruntime/libonnxruntime.so, every byte checked against the
# committed hashes. Does nothing when it is there already.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
pins="$root/deploy/fetch/onnxruntime"
destination="$root/target/onnxruntime"
version=1.31.1

fail() {
    echo "onnxruntime: $1" >&2
    exit 1
}

system=$(uname -s)
machine=$(uname -m)
case "$system/$machine" in
    Linux/x86_64 | Linux/aarch64) ;;
    Linux/arm64) machine=aarch64 ;;
    *) fail "no pinned build for $system on $machine; use Linux on x86_64 or aarch64" ;;
esac

matches() {
    (cd "$1" 2>/dev/null && sha256sum --check --status "$pins/$machine.sha256" 2>/dev/null)
}

command -v sha256sum >/dev/null || fail "sha256sum is missing; install coreutils"
if matches "$destination"; then
    exit 0
fi

command -v python3 >/dev/null || fail "python3 is missing; install python3 (3.8 or newer) with pip"
python3 -m pip --version >/dev/null 2>&1 || fail "pip is missing; install python3-pip"

mkdir -p "$destination"
staging=$(mktemp -d "$root/target/onnxruntime-XXXXXX")
trap 'rm -rf "$staging"' EXIT
trap 'exit 130' INT TERM

echo "onnxruntime: fetching $version for $machine" >&2
python3 -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 \
    --platform "manylinux_2_28_$machine" --dest "$staging" \
    --requirement "$pins/requirements.txt" >"$staging/pip.log" 2>&1 || {
    tail -n 3 "$staging/pip.log" >&2
    fail "pip could not fetch onnxruntime==$version; check the network or pip's index settings"
}

python3 - "$staging" "$version" <<'UNPACK'
import pathlib, sys, zipfile

staging, version = pathlib.Path(sys.argv[1]), sys.argv[2]
members = {
    f"onnxruntime/capi/libonnxruntime.so.{version}": "libonnxruntime.so",
    "onnxruntime/LICENSE": "LICENSE",
    "onnxruntime/ThirdPartyNotices.txt": "ThirdPartyNotices.txt",
}
[wheel] = staging.glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    for member, name in members.items():
        (staging / name).write_bytes(archive.read(member))
UNPACK

matches "$staging" || fail "the unpacked files differ from deploy/fetch/onnxruntime/$machine.sha256; delete target/onnxruntime and run again, or update both pins"

# Each move replaces a file in one step, so a reader or a second fetch never sees half a library.
for name in LICENSE ThirdPartyNotices.txt libonnxruntime.so; do
    mv -f "$staging/$name" "$destination/$name"
done
