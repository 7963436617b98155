#!/usr/bin/env python3
"""Promotions under load: how long shards stand still, what memory does, and whether the accounts balance.

Two `bystander run` of one job with four shards and a broker of their own, events by `bystander simulate`, and a promotion of
fraud@champion between three versions at a steady pace. Each is made by renaming aliases.toml and sending SIGHUP, and is over when
both instances have adopted it. It prints how long a change took, how long shards stood still for one (the 99th percentile lies in
the bucket that is named), the resident memory of each instance over the first and the last tenth of the promotions, the most
records behind, and whether the accounts balance. `make build kafka` first, then

    benches/promotions.py                                # 1,000 promotions in ten minutes
    benches/promotions.py --promotions 100 --seconds 60
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import processor_time as one
import two_instances as two

VERSIONS = {1: "fraud/1", 3: "fraud/1", 4: "fraud/1"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(one.ROOT / "target/release/bystander"))
    parser.add_argument("--rate", type=int, default=800, help="events a second")
    parser.add_argument("--promotions", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=600)
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.binary).resolve())
    with tempfile.TemporaryDirectory(prefix="bystander-promotions-") as name:
        folder = pathlib.Path(name)
        broker, address = one.start_broker(folder)
        started = [broker]
        try:
            one.wait_for("the broker answers", lambda: one.answers(address))
            models = repository(folder)
            text = (one.ROOT / "deploy/local/bystander.toml").read_text().replace("localhost:9092", address)
            run(arguments, binary, folder, text.replace("../../models", str(models)), models, started)
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(60)


def repository(folder):
    models = folder / "models"
    shipped = one.ROOT / "models"
    shutil.copytree(shipped / "fraud/2", models / "fraud/2")
    shutil.copytree(shipped / "pricing", models / "pricing")
    for version, origin in VERSIONS.items():
        shutil.copytree(shipped / origin, models / "fraud" / str(version))
    promote(models, 1)
    return models


def promote(models, version):
    text = f"[fraud]\nchampion = {version}\nchallenger = 2\n\n[pricing]\nchampion = 1\n"
    pending = models / "aliases.pending"
    pending.write_text(text)
    pending.rename(models / "aliases.toml")


def adopted(instance):
    found = re.search(r'^bystander_model_changes_total\{result="adopted"\} (\S+)$', instance.get("/metrics")[1], re.MULTILINE)
    return float(found.group(1)) if found else -1


def resident(instance):
    status = pathlib.Path(f"/proc/{instance.process.pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE).group(1)) / 1024


def exchanges(instances):
    """Changes of shards by the upper end of their bucket, all instances together."""
    counts = {}
    for instance in instances:
        for end, count in re.findall(r'^bystander_model_exchange_seconds_bucket\{le="([^"]+)"\} (\S+)$',
                                     instance.get("/metrics")[1], re.MULTILINE):
            counts[float(end.replace("+Inf", "inf"))] = counts.get(float(end.replace("+Inf", "inf")), 0) + float(count)
    return counts


def percentile(counts, share):
    total = max(counts.values(), default=0)
    return min((end for end, count in counts.items() if count >= share * total), default=float("nan")), int(total)


def run(arguments, binary, folder, text, models, started):
    config, quiet = folder / "bystander.toml", {"stdout": subprocess.DEVNULL, "cwd": one.ROOT}
    config.write_text(text)
    subprocess.run(one.simulate(binary, str(config), 0, 4), check=True, **quiet)
    subprocess.run([binary, "init", "-c", str(config), "--execute"], check=True, **quiet)
    instances = []
    for number in range(2):
        instances.append(two.Instance(binary, folder, number, text))
        started.append(instances[-1].process)
    words = one.simulate(binary, str(config), arguments.rate, arguments.seconds * 2 + 2 * two.PATIENCE)
    feeder = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=one.ROOT)
    started.append(feeder)
    well = lambda: two.is_well(instances, arguments.rate)
    one.wait_for("both instances are ready, share the shards and have caught up", well, two.PATIENCE)
    took, memory, behind, order = [], [], 0, list(VERSIONS)
    began = time.monotonic()
    for turn in range(arguments.promotions):
        time.sleep(max(0, began + turn * arguments.seconds / arguments.promotions - time.monotonic()))
        before, start = [adopted(instance) for instance in instances], time.monotonic()
        promote(models, order[(turn + 1) % len(order)])
        for instance in instances:
            os.kill(instance.process.pid, signal.SIGHUP)
        while not all(adopted(instance) > count for instance, count in zip(instances, before)):
            if time.monotonic() - start > 60:
                sys.exit(f"promotion {turn} was not adopted within 60 s")
            time.sleep(0.02)
        took.append(time.monotonic() - start)
        memory.append([resident(instance) for instance in instances])
        behind = max(behind, two.state(instances)[2])
    seconds = time.monotonic() - began
    took.sort()
    tenth = max(1, len(memory) // 10)
    means = lambda number: [statistics.mean(sample[number] for sample in memory[start:start + tenth]) for start in range(0, len(memory), tenth)]
    print(f"{arguments.promotions} promotions in {seconds:.0f} s at {arguments.rate} events/s: a change took "
          f"{statistics.median(took):.2f} s at the median, {took[int(0.99 * (len(took) - 1))]:.2f} s at the 99th percentile")
    end, count = percentile(exchanges(instances), 0.99)
    print(f"shards stood still {count} times, at the 99th percentile for at most {end * 1000:g} ms")
    for number in range(2):
        found = means(number)
        print(f"instance {number}: {found[-1] / found[0] - 1:+.1%} memory from the first {tenth} promotions to the last, in MB by {tenth}: "
              + " ".join(f"{mean:.1f}" for mean in found))
    print(f"at most {behind:.0f} records behind", flush=True)
    feeder.terminate()
    feeder.wait(60)
    one.wait_for("all is read", lambda: two.state(instances)[2] == 0, two.PATIENCE)
    said = subprocess.run([binary, "status", "-c", str(config), "--output", "json"], check=True, capture_output=True, cwd=one.ROOT)
    print(f"the accounts balance: {json.loads(said.stdout)['balanced']}")


if __name__ == "__main__":
    main()
