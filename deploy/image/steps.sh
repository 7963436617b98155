#!/bin/sh
# The Dockerfile's steps without an engine: from a clean copy of the committed files into a folder that is laid out as the
# image's root, and then what the image must hold. It runs on this machine's Debian, so what it can't show is the base
# images themselves.
#   deploy/image/steps.sh [--binary FILE] FOLDER
# --binary takes a program that is built already instead of building for minutes.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
binary=
if [ "${1:-}" = --binary ]; then
    binary=$(realpath "$2")
    shift 2
fi
[ $# -eq 1 ] || {
    echo "usage: deploy/image/steps.sh [--binary FILE] FOLDER" >&2
    exit 2
}
mkdir -p "$1"
folder=$(cd "$1" && pwd)
[ -z "$(ls -A "$folder")" ] || {
    echo "image: $folder is not empty" >&2
    exit 2
}
src="$folder/src"
image="$folder/root"

step() {
    echo "image: $1" >&2
}

step "copy what the Dockerfile copies"
mkdir -p "$src" "$image/usr/local/bin" "$image/usr/local/lib" "$image/usr/local/share/doc/onnxruntime" "$image/usr/local/share/bystander/models"
git -C "$root" archive HEAD -- Cargo.toml Cargo.lock crates benches models/aliases.toml models/fraud models/pricing \
    deploy/fetch/onnxruntime.sh deploy/fetch/onnxruntime deploy/image | tar -x -C "$src"

step "stage runtime: ONNX Runtime by hash"
(cd "$src" && deploy/fetch/onnxruntime.sh)

step "stage build"
if [ -z "$binary" ]; then
    (cd "$src" && CARGO_TARGET_DIR="$src/target" cargo build --locked --release --no-default-features --features vendored-openssl --bin bystander)
    binary="$src/target/release/bystander"
    ! "$binary" simulate --help >/dev/null 2>&1 || { echo "image: the program has the simulator" >&2; exit 1; }
fi
(cd "$src" && python3 deploy/image/sbom.py "$(uname -m)" >"$image/usr/local/share/bystander/sbom.cdx.json")

step "stage locale"
mkdir -p "$image/usr/lib/locale"
if [ -f /usr/share/i18n/locales/en_US ]; then
    localedef --no-archive -i en_US -f UTF-8 "$image/usr/lib/locale/en_US.utf8"
    [ "$(LOCPATH="$image/usr/lib/locale" LC_ALL=en_US.UTF-8 locale charmap)" = UTF-8 ]
else
    echo "image: this machine lacks the package locales, so the locale is not made" >&2
fi

step "last stage"
cp "$binary" "$image/usr/local/bin/bystander"
cp "$src/deploy/image/healthcheck.sh" "$image/usr/local/bin/bystander-healthcheck"
chmod 755 "$image/usr/local/bin/bystander-healthcheck"
cp "$src/target/onnxruntime/libonnxruntime.so" "$image/usr/local/lib/"
cp "$src/target/onnxruntime/LICENSE" "$src/target/onnxruntime/ThirdPartyNotices.txt" "$image/usr/local/share/doc/onnxruntime/"
cp -R "$src/models/aliases.toml" "$src/models/fraud" "$src/models/pricing" "$image/usr/local/share/bystander/models/"

step "check: the program finds its library and every model passes the load gate"
chmod -R a-w "$image"
env -i PATH=/usr/bin:/bin "$image/usr/local/bin/bystander" --version
env -i PATH=/usr/bin:/bin "$image/usr/local/bin/bystander" models verify "$image/usr/local/share/bystander/models"

step "check: no library is missing, and the bill of materials names the library's hash"
! ldd "$image/usr/local/bin/bystander" "$image/usr/local/lib/libonnxruntime.so" | grep "not found"
digest=$(sha256sum "$image/usr/local/lib/libonnxruntime.so" | cut -d' ' -f1)
grep -q "$digest" "$image/usr/local/share/bystander/sbom.cdx.json"
chmod -R u+w "$image"
step "done: $image"
