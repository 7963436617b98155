"""Scores by Python's ONNX Runtime, for the service's tests to agree with.

`golden_scores.py --models models --data DIR --out tests/golden` writes one file per model version:
little-endian float64, one score per scorable event, in the order of the events' file.
"""

import argparse
import itertools
import platform
from pathlib import Path

import numpy as np
import onnxruntime

import contract
import onnx_tools
from events import Event, sound_orders, sound_quotes

EVENTS = 10_000
VERSIONS = (("fraud", 1, sound_orders), ("fraud", 2, sound_orders), ("pricing", 1, sound_quotes))
ABOUT = """# Scores to agree with

`<model>-<version>.f64` holds the scores that Python's ONNX Runtime gives, one thread, as little-endian float64,
one per event in the order of the file of events: the first {events:,} placed orders with consent, or the first
{events:,} quotes. Inputs were made from each version's `contract.toml` by `models/train/contract.py`, which
shares no code with the service. The service must agree within 1e-6.

The events are not kept here; the simulator makes them again:

```sh
bystander simulate --orders 12000 --quotes 12000 --seed 4242 --malformed 0 --out DIR
python models/train/golden_scores.py --models models --data DIR --out tests/golden
```

Run the second line whenever the simulator or a model changes. Made with ONNX Runtime {runtime}, NumPy {numpy}
and Python {python}.
"""


def main() -> None:
    """Scores the events of a folder with every shipped version."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--models", "--data", "--out"):
        parser.add_argument(name, type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, number, read in VERSIONS:
        events = list(itertools.islice(read(arguments.data), EVENTS))
        assert len(events) == EVENTS, f"{arguments.data} holds {len(events)} events to score, not {EVENTS}"
        scores = _scores(arguments.models / name / str(number), events)
        (arguments.out / f"{name}-{number}.f64").write_bytes(scores.astype("<f8").tobytes())
        print(f"{name}/{number}: {len(scores):,} scores from {scores.min():.6f} to {scores.max():.6f}")
    about = ABOUT.format(
        events=EVENTS, runtime=onnxruntime.__version__, numpy=np.__version__, python=platform.python_version()
    )
    (arguments.out / "README.md").write_text(about)


def _scores(folder: Path, events: list[Event]) -> np.ndarray:
    inputs, document = contract.read(folder / "contract.toml")
    runtime = onnx_tools.session((folder / "model.onnx").read_bytes())
    return onnx_tools.read_output(runtime, document["output"], inputs.feed(events))


if __name__ == "__main__":
    main()
