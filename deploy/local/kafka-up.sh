#!/bin/sh
# Starts one Kafka broker on localhost:9092 with its data under target/kafka/local, and returns when it answers.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
home="$root/target/kafka/local"
properties="$home/server.properties"
pid_file="$home/pid"
libs="$root/target/kafka/libs/*"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

fail() {
    echo "kafka-up: $1" >&2
    exit 1
}

# The number may belong to another program by now: only a broker on this file counts.
running() {
    [ -f "$pid_file" ] && tr '\0' ' ' <"/proc/$(cat "$pid_file")/cmdline" 2>/dev/null |
        grep -qF "$properties"
}

# Of the process started here. Until it has become the broker its command line is this script's, and a child that has ended
# keeps its entry.
ended() {
    state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$started/status" 2>/dev/null) || true
    case "$state" in "" | [ZX]*) return 0 ;; *) return 1 ;; esac
}

# Answers only when the broker serves clients; the tool gives up by itself.
answers() {
    "$java" -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=off -cp "$libs" \
        org.apache.kafka.tools.ClusterTool cluster-id --bootstrap-server 127.0.0.1:9092 \
        --config "$home/client.properties" >/dev/null 2>&1
}

if running; then
    echo "kafka already runs on localhost:9092, with the topics and records that it has; make kafka-down stops it, make kafka-reset deletes them, too"
    exit 0
fi

"$root/deploy/fetch/kafka.sh"
mkdir -p "$home"
# The first run decides the cluster's id; later ones find the data formatted and leave it.
{
    cat "$root/deploy/local/kafka.properties"
    echo "log.dirs=$home/data"
} >"$properties"
printf 'default.api.timeout.ms=4000\nrequest.timeout.ms=3000\n' >"$home/client.properties"
data="new data"
if [ -f "$home/data/meta.properties" ]; then
    data="the topics and records of earlier runs (make kafka-reset deletes them)"
else
    id=$("$java" -Dorg.slf4j.simpleLogger.defaultLogLevel=off -cp "$libs" kafka.tools.StorageTool random-uuid)
    "$java" -Dorg.slf4j.simpleLogger.defaultLogLevel=off -cp "$libs" kafka.tools.StorageTool \
        format --cluster-id "$id" --config "$properties" >"$home/format.log" 2>&1 ||
        fail "cannot format $home/data; see $home/format.log"
fi

nohup "$java" -Xms128m -Xmx512m -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -cp "$libs" kafka.Kafka "$properties" >"$home/broker.log" 2>&1 </dev/null &
started=$!
echo "$started" >"$pid_file"

for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
    if ended; then
        rm -f "$pid_file"
        tail -n 3 "$home/broker.log" >&2
        fail "the broker ended; if port 9092 or 9093 is taken, stop what uses it, else see $home/broker.log"
    fi
    if answers && running; then
        echo "kafka runs on localhost:9092 with $data in target/kafka/local; make kafka-down stops it"
        exit 0
    fi
    sleep 1
done
fail "the broker does not answer on localhost:9092; see $home/broker.log, and make kafka-down stops it"
