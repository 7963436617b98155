#!/bin/sh
# Stops the broker of kafka-up.sh; its data stays, unless --delete-data is given.
set -eu

home=$(cd "$(dirname "$0")/../.." && pwd)/target/kafka/local
pid_file="$home/pid"

case "${1:-}" in
    "" | --delete-data) ;;
    *)
        echo "usage: deploy/local/kafka-down.sh [--delete-data]" >&2
        exit 2
        ;;
esac

stop() {
    pid=$(cat "$pid_file")
    # The number may belong to another program by now: only a broker on this file is stopped.
    if ! tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "kafka.Kafka $home/server.properties"; then
        return
    fi
    kill "$pid"
    tries=0
    while kill -0 "$pid" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || kill -9 "$pid" 2>/dev/null || true
        sleep 0.1
    done
}

if [ -f "$pid_file" ]; then
    stop
    rm -f "$pid_file"
    echo "kafka is stopped"
else
    echo "kafka does not run"
fi
if [ "${1:-}" = --delete-data ]; then
    rm -rf "$home"
    echo "its data is deleted"
fi
