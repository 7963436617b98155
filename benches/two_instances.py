#!/usr/bin/env python3
"""Two instances on two cores beside their broker: ready and caught up, and quiet while the broker stands still.

Two `bystander run` of one job with four shards, every other setting at its default, a broker of their own, 800 events a second by
`bystander simulate`, all of it on two cores. Every five seconds both instances must be ready and together have all shards, and
what waits to be read must be less than two seconds of events. Then the broker is stopped (SIGSTOP) for twenty seconds, in which
no thread of a shard may use more than 2 % of a core. After it goes on, both must be ready and caught up again, and the accounts
must balance. `make build kafka` first, then

    benches/two_instances.py                                     # ten minutes
    benches/two_instances.py --binary target/debug/bystander --seconds 30
"""

import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import processor_time as one

SHARDS = 4
# Seconds after which an instance must be ready and caught up, at the start and after the broker was stopped.
PATIENCE = 180


class Instance:
    """A running service, and what it says over HTTP."""

    def __init__(self, binary, folder, number, text):
        self.port = one.free_port()
        config = folder / f"instance-{number}.toml"
        config.write_text(text + f'\n[http]\nlisten = "127.0.0.1:{self.port}"\n')
        self.config = str(config)
        self.log = folder / f"instance-{number}.log"
        words = [binary, "run", "-c", self.config]
        self.process = subprocess.Popen(words, stderr=self.log.open("w"), cwd=one.ROOT)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def figures(self):
        """Whether it is ready, its running shards, and the records of its partitions that wait to be read."""
        ready, text = self.get("/readyz")[0] == 200, self.get("/metrics")[1]
        values = lambda pattern: [float(value) for value in re.findall(pattern + r" (\S+)$", text, re.MULTILINE)]
        return ready, int(sum(values(r'^bystander_shards\{state="running"\}'))), sum(values(r"^bystander_lag_records\{.*\}"))


def state(instances):
    found = [instance.figures() for instance in instances]
    return all(ready for ready, _, _ in found), [shards for _, shards, _ in found], sum(lag for _, _, lag in found)


def is_well(instances, rate):
    ready, shards, lag = state(instances)
    return ready and sum(shards) == SHARDS and min(shards) > 0 and lag < 2 * rate


def stay_well(instances, rate, seconds):
    """Gives the processor time of each instance as a percentage of a core, and the largest lag seen."""
    before = [one.processor_seconds(instance.process.pid) for instance in instances]
    began, worst, failures = time.monotonic(), 0, []
    while time.monotonic() - began < seconds:
        time.sleep(min(5, seconds))
        ready, shards, lag = state(instances)
        worst = max(worst, lag)
        if not (ready and sum(shards) == SHARDS and lag < 2 * rate):
            failures.append(f"after {time.monotonic() - began:.0f} s: ready {ready}, shards {shards}, {lag:.0f} records behind")
    took = time.monotonic() - began
    used = [100 * (one.processor_seconds(instance.process.pid) - start) / took for instance, start in zip(instances, before)]
    return used, worst, failures


def stop_broker(broker, instances, seconds):
    """Stops the broker; gives the share of a core that each thread of a shard used meanwhile, in percent."""
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        # What was under way when it stopped is over.
        time.sleep(1)
        before, began = [one.threads(instance.process.pid) for instance in instances], time.monotonic()
        time.sleep(seconds - 1)
        after, took = [one.threads(instance.process.pid) for instance in instances], time.monotonic() - began
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    shares = {}
    for number, (early, late) in enumerate(zip(before, after)):
        for name, used in late.items():
            if name.startswith("shard"):
                shares[f"instance {number} {name}"] = (used - early.get(name, 0)) / 1e7 / took
    return shares


def two_cores():
    """Leaves this process, and all that it starts, two of the cores that it may use."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        sys.exit("this takes two cores")
    os.sched_setaffinity(0, cores)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(one.ROOT / "target/release/bystander"))
    parser.add_argument("--rate", type=int, default=800, help="events a second")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--stopped", type=int, default=20, help="seconds for which the broker is stopped")
    parser.add_argument("--most", type=float, default=2.0, help="percent of a core that a shard may use meanwhile")
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.binary).resolve())
    two_cores()
    with tempfile.TemporaryDirectory(prefix="bystander-two-instances-") as name:
        folder = pathlib.Path(name)
        broker, address = one.start_broker(folder)
        started = [broker]
        try:
            one.wait_for("the broker answers", lambda: one.answers(address))
            text = (one.ROOT / "deploy/local/bystander.toml").read_text().replace("localhost:9092", address)
            text = text.replace("../../models", str(one.ROOT / "models"))
            run(arguments, binary, folder, broker, text, started)
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(60)


def run(arguments, binary, folder, broker, text, started):
    config, quiet = folder / "bystander.toml", {"stdout": subprocess.DEVNULL, "cwd": one.ROOT}
    config.write_text(text)
    subprocess.run(one.simulate(binary, str(config), 0, 4), check=True, **quiet)
    subprocess.run([binary, "init", "-c", str(config), "--execute"], check=True, **quiet)
    instances = []
    for number in range(2):
        instances.append(Instance(binary, folder, number, text))
        started.append(instances[-1].process)
    long_enough = arguments.seconds + arguments.stopped + 2 * PATIENCE
    words = one.simulate(binary, str(config), arguments.rate, long_enough)
    feeder = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=one.ROOT)
    started.append(feeder)
    well = lambda: is_well(instances, arguments.rate)
    one.wait_for("both instances are ready, share the shards and have caught up", well, PATIENCE)
    used, worst, failures = stay_well(instances, arguments.rate, arguments.seconds)
    print(f"{arguments.rate} events/s for {arguments.seconds} s: {used[0]:.1f} % and {used[1]:.1f} % of a core, "
          f"at most {worst:.0f} records behind, {len(failures)} looks at which not all was well", flush=True)
    print("\n".join(failures), end="\n" if failures else "")
    shares = stop_broker(broker, instances, arguments.stopped)
    highest = max(shares, key=shares.get, default=None)
    if highest is None:
        sys.exit("no thread of a shard was found")
    print(f"broker stopped for {arguments.stopped} s: {len(shares)} threads of shards, the busiest one used "
          f"{shares[highest]:.2f} % of a core ({highest})", flush=True)
    began = time.monotonic()
    one.wait_for("all is well again", well, PATIENCE)
    print(f"ready and caught up {time.monotonic() - began:.0f} s after it went on", flush=True)
    feeder.terminate()
    feeder.wait(60)
    said = subprocess.run([binary, "status", "-c", str(config), "--output", "json"], check=True, capture_output=True, cwd=one.ROOT)
    balanced = json.loads(said.stdout)["balanced"]
    print(f"the accounts balance: {balanced}")
    if failures or not balanced or shares[highest] > arguments.most:
        sys.exit(1)


if __name__ == "__main__":
    main()
