"""Golden events: events with the training library's own score, that every load of the model must meet."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import onnx_tools
from contract import NUMBERS, Feature, pointer
from events import Event, epoch_ms, rfc3339
from version import Version

Case = tuple[str, Event]
LARGEST = float(np.finfo(np.float32).max)
SPLITS = 1  # per feature
CANDIDATES = 60
# From here on a float32 of seconds steps by more than a millisecond, so that a timestamp can hit each.
FINEST_SECONDS = 16_384.0


def write(path: Path, version: Version, ordinary: list[Event], base: Event) -> float:
    """Writes the golden events; stops where ONNX Runtime disagrees. Returns the largest difference.

    `ordinary` are events as they come; the other cases are changes to `base`.
    """
    cases = list(_cases(version, ordinary, base))
    events = [event for _, event in cases]
    trained = version.trained_score(events)
    difference = np.abs(onnx_tools.onnx_score(version, events) - trained)
    worst = int(difference.argmax())
    assert difference[worst] <= version.tolerance, f"{cases[worst][0]}: off by {difference[worst]}"
    with path.open("w") as file:
        for (case, event), score in zip(cases, trained, strict=True):
            line = {"event": event, "score": float(score), "case": case}
            file.write(json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n")
    return float(difference[worst])


def _cases(version: Version, ordinary: list[Event], base: Event) -> Iterator[Case]:
    for event in ordinary:
        yield "an event as it comes", event
    yield from _missing(version, base)
    yield from _unknown(version, base)
    yield from _extreme(version, base)
    yield from _on_thresholds(version, base)


def _missing(version: Version, base: Event) -> Iterator[Case]:
    nullable = [feature for feature in version.inputs.features if feature.missing != "reject"]
    for feature in nullable:
        path = feature.field or feature.start
        yield f"{feature.name} is null", _with(base, path, None)
    everything = base
    for feature in nullable:
        everything = _with(everything, feature.field or feature.start, None)
    yield "everything that may be missing is", everything


def _unknown(version: Version, base: Event) -> Iterator[Case]:
    for feature in version.inputs.features:
        if feature.source in ("category", "string") and feature.unknown != "reject":
            yield f"{feature.name} is a value never seen", _with(base, feature.field, "never-seen")


def _extreme(version: Version, base: Event) -> Iterator[Case]:
    everything = base
    for feature in _numbers(version):
        whole = feature.dtype == "int64"
        yield f"{feature.name} is as large as can be", _with(base, feature.field, 1e15 if whole else LARGEST)
        everything = _with(everything, feature.field, 0.0)
    yield "every number is 0", everything
    for feature in _numbers(version)[:2]:
        yield f"{feature.name} is negative", _with(base, feature.field, -1.0)


def _on_thresholds(version: Version, base: Event) -> Iterator[Case]:
    """Around splits that decide about `base`: the float32 below, on, and above the floored threshold."""
    for feature in version.inputs.features:
        for threshold in _telling(version, feature, base)[:SPLITS]:
            for value, where in zip(_around(threshold), ("below", "on", "above"), strict=True):
                yield f"{feature.name} is {where} a split", _at(base, feature, value)


def _telling(version: Version, feature: Feature, base: Event) -> list[float]:
    """Splits of the feature between whose two sides the score of `base` changes. Those come first whose
    nearest float32 lies above them: an exporter that rounds sends their neighbours the wrong way."""
    candidates = version.thresholds.get(feature.name, [])[:CANDIDATES]
    candidates = [t for t in candidates if feature.source in NUMBERS or t > FINEST_SECONDS]
    if not candidates:
        return []
    sides = [_at(base, feature, value) for threshold in candidates for value in _around(threshold)[1:]]
    scores = version.trained_score(sides).reshape(-1, 2)
    telling = [t for t, (on, above) in zip(candidates, scores, strict=True) if abs(on - above) > 1e-4]
    return sorted(telling, key=lambda threshold: float(np.float32(threshold)) <= threshold)


def _around(threshold: float) -> tuple[float, float, float]:
    at = np.float32(onnx_tools.floor_to_float32(threshold))
    below, above = np.nextafter(at, np.float32(-np.inf)), np.nextafter(at, np.float32(np.inf))
    return float(below), float(at), float(above)


def _at(base: Event, feature: Feature, value: float) -> Event:
    """`base` with the feature at a float32 value; a duration by moving its beginning."""
    if feature.source in NUMBERS:
        return _with(base, feature.field, value)
    start = epoch_ms(pointer(base, feature.end)) - round(value * 1_000)
    moved = _with(base, feature.start, rfc3339(start))
    assert np.float32(feature.value(moved)) == np.float32(value), f"{feature.name} can't be {value}"
    return moved


def _numbers(version: Version) -> list[Feature]:
    return [f for f in version.inputs.features if f.source in NUMBERS and f.name != "list_price_amount"]


def _with(event: Event, path: str, value: Any) -> Event:
    """A copy of the event with another value at a JSON Pointer; unchanged where the place isn't there."""
    changed = copy.deepcopy(event)
    parent, _, last = path.rpartition("/")
    place = pointer(changed, parent)
    if isinstance(place, dict):
        place[last] = value
    elif isinstance(place, list) and int(last) < len(place):
        place[int(last)] = value
    return changed
