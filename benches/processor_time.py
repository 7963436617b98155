#!/usr/bin/env python3
"""Processor time of a running `bystander run`: two streams, four shards, every setting at its default.

It starts a Kafka broker of its own on free ports in a temporary folder, feeds it at steady rates with
`bystander simulate`, and reads the service's processor time from /proc. `make build kafka` first, then

    benches/processor_time.py                                   # 20 and 520 events a second, a minute each
    benches/processor_time.py --binary target/debug/bystander --rates 0 20 --seconds 30 --threads
"""

import argparse
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBS = str(ROOT / "target/kafka/libs/*")
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def java(*arguments):
    return ["java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", LIBS, *arguments]


def start_broker(folder):
    """A broker with its data in `folder`; gives its process and its address."""
    client, controller = free_port(), free_port()
    text = (ROOT / "deploy/local/kafka.properties").read_text()
    text = text.replace("127.0.0.1:9092", f"127.0.0.1:{client}").replace("localhost:9092", f"127.0.0.1:{client}")
    text = text.replace("127.0.0.1:9093", f"127.0.0.1:{controller}")
    properties = folder / "server.properties"
    properties.write_text(f"{text}\nlog.dirs={folder / 'data'}\n")
    storage = java("kafka.tools.StorageTool", "format", "--cluster-id", "MkU3OEVBNTcwNTJENDM2Qk", "--config", str(properties))
    subprocess.run(storage, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = (folder / "broker.log").open("w")
    return subprocess.Popen(java("kafka.Kafka", str(properties)), stdout=log, stderr=log), f"127.0.0.1:{client}"


def wait_for(what, condition, patience=120):
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"{what}: not within {patience} s")
        time.sleep(0.2)


def answers(address):
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
        return True
    except OSError:
        return False


def processor_seconds(pid):
    """User and system time of a process, its threads that have ended included."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def threads(pid):
    """Nanoseconds on a processor of each thread, by its name and number."""
    times = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            name = (task / "comm").read_text().strip()
            times[f"{name} {task.name}"] = int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            continue
    return times


def simulate(binary, config, rate, seconds):
    orders = max(1, round(rate * seconds * 0.75))
    quotes = max(1, round(rate * seconds * 0.25))
    words = ["simulate", "-c", config, "--execute", "--orders", str(orders), "--quotes", str(quotes)]
    words += ["--rate", str(rate)] if rate else []
    return [binary, *words]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "target/release/bystander"))
    parser.add_argument("--rates", nargs="+", type=int, default=[20, 520], help="events a second; 0 sends none")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--threads", action="store_true", help="show what each kind of thread used")
    parser.add_argument("--perf", help="record a profile of each measurement into files that begin so")
    parser.add_argument("--most", nargs="+", type=float, help="fail above these percentages, in the order of the rates")
    arguments = parser.parse_args()
    binary, seconds = str(pathlib.Path(arguments.binary).resolve()), arguments.seconds
    with tempfile.TemporaryDirectory(prefix="bystander-processor-") as name:
        folder = pathlib.Path(name)
        broker, address = start_broker(folder)
        service = None
        try:
            wait_for("the broker answers", lambda: answers(address))
            text = (ROOT / "deploy/local/bystander.toml").read_text().replace("localhost:9092", address)
            text = text.replace("../../models", str(ROOT / "models")) + '\n[http]\nlisten = "127.0.0.1:0"\n'
            config = str(folder / "bystander.toml")
            pathlib.Path(config).write_text(text)
            quiet = {"stdout": subprocess.DEVNULL, "cwd": ROOT}
            subprocess.run(simulate(binary, config, 0, 4), check=True, **quiet)
            subprocess.run([binary, "init", "-c", config, "--execute"], check=True, **quiet)
            log = folder / "service.log"
            service = subprocess.Popen([binary, "run", "-c", config], stderr=log.open("w"), cwd=ROOT)
            wait_for("four shards run", lambda: len(set(re.findall(r"the shard runs shard=(\d)", log.read_text()))) == 4)
            time.sleep(5)
            high = []
            for rate in arguments.rates:
                measured = measure(arguments, binary, config, service, rate, seconds)
                high.append(measured)
            for rate, measured, most in zip(arguments.rates, high, arguments.most or []):
                if measured > most:
                    sys.exit(f"{measured:.1f} % at {rate} events a second is above {most} %")
        finally:
            for process in filter(None, [service, broker]):
                process.terminate()
                process.wait(60)


def measure(arguments, binary, config, service, rate, seconds):
    feeder = None
    if rate:
        words = simulate(binary, config, rate, seconds + 20)
        feeder = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
        time.sleep(8)
    perf = None
    if arguments.perf:
        words = ["perf", "record", "-q", "-g", "-F", "999", "-p", str(service.pid), "-o", f"{arguments.perf}{rate}.data"]
        perf = subprocess.Popen([*words, "--", "sleep", str(seconds)])
    before, threads_before, began = processor_seconds(service.pid), threads(service.pid), time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    percent = 100 * (processor_seconds(service.pid) - before) / took
    print(f"{rate:5} events/s: {percent:5.1f} % of a core, {len(threads_before)} threads", flush=True)
    if arguments.threads:
        show_threads(threads_before, threads(service.pid), took)
    if perf:
        perf.wait()
    if feeder:
        feeder.terminate()
        feeder.wait(60)
    return percent


def show_threads(before, after, took):
    kinds = {}
    for name, nanoseconds in after.items():
        kind = re.sub(r"[-:]?\d+$", "", name.rsplit(" ", 1)[0])
        count, used = kinds.get(kind, (0, 0))
        kinds[kind] = (count + 1, used + nanoseconds - before.get(name, 0))
    for kind, (count, used) in sorted(kinds.items(), key=lambda kind: -kind[1][1]):
        print(f"        {kind:16} x{count:<3} {100 * used / 1e9 / took:6.2f} %")


if __name__ == "__main__":
    main()
