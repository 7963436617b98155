"""The contract of a model version: how an event becomes the model's inputs.

An implementation of its own, beside the service's, so that one can be checked against the other.
"""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from events import Event, epoch_ms

# Sources whose value is the number that stands in the event; the simulator writes amounts in minor units.
NUMBERS = ("number", "amount")
DTYPES = {"float32": np.float32, "float64": np.float64, "int64": np.int64, "bool": np.bool_, "string": object}


class Rejected(ValueError):
    """The contract refuses to make inputs of this event."""


@dataclass(frozen=True)
class Feature:
    """One column: where its value comes from, and what stands in for it."""

    name: str
    source: str
    field: str = ""
    start: str = ""
    end: str = ""
    missing: float | bool | str = "nan"
    dtype: str = ""
    vocabulary: tuple[str, ...] = ()
    unknown: float | str = -1.0

    def value(self, event: Event) -> float | str:
        """The column's value for one event; refused where the contract says so."""
        found = self.read(event)
        return self._fallback(self.missing) if found is None else found

    def read(self, event: Event) -> float | str | None:
        """The value as it stands in the event; None where it is missing."""
        if self.source == "seconds_between":
            start, end = pointer(event, self.start), pointer(event, self.end)
            return None if start is None or end is None else (_millis(end) - _millis(start)) / 1_000.0
        value = pointer(event, self.field)
        if value is None:
            return None
        match self.source:
            case "number" | "amount" | "boolean":
                return float(value)
            case "length":
                return float(len(value))
            case "category":
                known = value in self.vocabulary
                return float(self.vocabulary.index(value)) if known else self._fallback(self.unknown)
            case "hour_of_day":
                return float(_millis(value) // 3_600_000 % 24)
            case "day_of_week":
                return float(datetime.fromtimestamp(_millis(value) // 1_000, timezone.utc).weekday())
            case "string":
                return value
        raise ValueError(f"feature {self.name}: source {self.source} is unknown")

    def _fallback(self, standin: float | bool | str) -> float | str:
        if standin == "reject":
            raise Rejected(f"{self.name} is missing or unknown")
        if self.source == "string":
            return standin
        return math.nan if standin == "nan" else float(standin)


@dataclass(frozen=True)
class Inputs:
    """A contract's input side: a matrix of one name, or a tensor per column."""

    features: tuple[Feature, ...]
    matrix: str | None

    def matrix_of(self, events: Iterable[Event]) -> np.ndarray:
        """All features as one float32 matrix, a row per event."""
        with np.errstate(over="raise"):
            rows = [[feature.value(event) for feature in self.features] for event in events]
            return np.array(rows, dtype=np.float64).reshape(-1, len(self.features)).astype(np.float32)

    def columns_of(self, events: list[Event]) -> dict[str, np.ndarray]:
        """Each feature as an array of its own type, an element per event."""
        return {
            feature.name: np.array([feature.value(event) for event in events]).astype(DTYPES[feature.dtype])
            for feature in self.features
        }

    def feed(self, events: list[Event]) -> dict[str, np.ndarray]:
        """What ONNX Runtime is given for these events."""
        if self.matrix is not None:
            return {self.matrix: self.matrix_of(events)}
        return {name: column.reshape(-1, 1) for name, column in self.columns_of(events).items()}


def read(path: Path) -> tuple[Inputs, dict[str, Any]]:
    """The input side of a contract file, and the whole of it as it stands."""
    document = tomllib.loads(path.read_text())
    features = tuple(
        Feature(
            name=entry["name"],
            source=entry["source"],
            field=entry.get("field", ""),
            start=entry.get("from", ""),
            end=entry.get("to", ""),
            missing=entry["missing"],
            dtype=entry.get("type", ""),
            vocabulary=tuple(entry.get("vocabulary", ())),
            unknown=entry.get("unknown", -1.0),
        )
        for entry in document["features"]
    )
    matrix = document["input"]["name"] if document["input"]["layout"] == "matrix" else None
    return Inputs(features, matrix), document


def pointer(event: Any, path: str) -> Any:
    """The value at a JSON Pointer (RFC 6901); None where there is none, or null."""
    for token in path.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(event, list):
            event = event[int(token)] if token.isdigit() and int(token) < len(event) else None
        elif isinstance(event, dict):
            event = event.get(token)
        else:
            return None
    return event


def _millis(value: str | int) -> int:
    return epoch_ms(value) if isinstance(value, str) else int(value)
