#!/bin/sh
# Puts a pinned Apache Kafka (broker, client, tools) into target/kafka/libs, every jar checked against
# the committed hashes. Does nothing when it is there already.
# Exit codes: 0 present, 3 this machine has no Java 17 or no Maven, 1 anything else.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
pins="$root/deploy/fetch/kafka"
destination="$root/target/kafka/libs"

fail() {
    echo "kafka: $1" >&2
    exit "${2:-1}"
}

# Kafka's class path is a wildcard, so a jar that is not in the list counts as a difference too.
matches() {
    [ -d "$1" ] && (cd "$1" && sha256sum --check --status "$pins/SHA256SUMS" 2>/dev/null &&
        [ "$(ls | wc -l)" -eq "$(wc -l <"$pins/SHA256SUMS")" ])
}

command -v sha256sum >/dev/null || fail "sha256sum is missing; install coreutils"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v "$java" >/dev/null || fail "java is missing; install a JDK of version 17 or newer" 3
release=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
[ "${release:-0}" -ge 17 ] || fail "java is version ${release:-unknown}; install a JDK of version 17 or newer" 3

if matches "$destination"; then
    exit 0
fi

command -v mvn >/dev/null || fail "mvn is missing; install Maven" 3

mkdir -p "$root/target/kafka"
staging=$(mktemp -d "$root/target/kafka/fetch-XXXXXX")
trap 'rm -rf "$staging"' EXIT
trap 'exit 130' INT TERM

echo "kafka: fetching the jars of deploy/fetch/kafka/pom.xml" >&2
mvn --batch-mode --quiet --file "$pins/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$staging/libs" >"$staging/mvn.log" 2>&1 || {
    grep -m 3 ERROR "$staging/mvn.log" >&2 || tail -n 3 "$staging/mvn.log" >&2
    fail "Maven could not fetch the jars; check the network or Maven's settings"
}

matches "$staging/libs" || fail "the jars differ from deploy/fetch/kafka/SHA256SUMS; see deploy/fetch/README.md on changing a version"

# A second fetch may have finished meanwhile; its jars have the same hashes.
if ! matches "$destination"; then
    rm -rf "$destination"
    mv "$staging/libs" "$destination"
fi
