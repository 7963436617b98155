#!/bin/sh
# Upgrades a running job from the binary of another commit to this one and back, on a real broker:
#   tests/upgrade.sh COMMIT
# The other binary is built once, in target/previous; that takes minutes.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -eq 1 ] || {
    echo "usage: tests/upgrade.sh COMMIT" >&2
    exit 2
}
commit=$(git -C "$root" rev-parse --verify --short "$1^{commit}")
binary="$root/target/previous/$commit/bystander"

if [ ! -x "$binary" ]; then
    source="$root/target/previous/source"
    rm -rf "$source"
    git -C "$root" worktree prune
    git -C "$root" worktree add --detach "$source" "$commit"
    # Dependencies that both commits have are not built again.
    # shellcheck disable=SC2086 # FEATURES holds several words
    (cd "$source" && CARGO_TARGET_DIR="$root/target/previous/build" cargo build ${FEATURES:-} --locked --bin bystander)
    mkdir -p "$(dirname "$binary")"
    cp "$root/target/previous/build/debug/bystander" "$binary"
    git -C "$root" worktree remove --force "$source"
fi

cd "$root"
echo "upgrade: from $commit to this version and back" >&2
# shellcheck disable=SC2086
BYSTANDER_PREVIOUS_BINARY="$binary" cargo test ${FEATURES:-} --locked --workspace --test delivery -- --nocapture upgrade
