#!/bin/sh
# Sends a file of lines "key<tab>value" to a topic with Kafka's own console producer, creating the topic
# where it is missing. Usage: examples/feed.sh [-b HOST:PORT] TOPIC FILE
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
libs="$root/target/kafka/libs/*"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
brokers=localhost:9092
partitions=4

if [ "${1:-}" = -b ] && [ $# -eq 4 ]; then
    brokers=$2
    shift 2
fi
if [ $# -ne 2 ]; then
    echo "usage: examples/feed.sh [-b HOST:PORT] TOPIC FILE" >&2
    exit 2
fi
topic=$1
file=$2
[ -r "$file" ] || {
    echo "feed: $file can't be read; run the example's convert.py first" >&2
    exit 1
}

"$root/deploy/fetch/kafka.sh"

tool() {
    "$java" -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$libs" "$@"
}

tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$brokers" --create --if-not-exists \
    --topic "$topic" --partitions "$partitions" >&2
tool org.apache.kafka.tools.ConsoleProducer --bootstrap-server "$brokers" --topic "$topic" \
    --reader-property parse.key=true --reader-property "key.separator=$(printf '\t')" \
    --batch-size 262144 <"$file"
echo "feed: $(wc -l <"$file") events sent to $topic" >&2
