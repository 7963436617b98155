"""Frozen distributions of the training data, which drift is later measured against."""

from collections import Counter
from typing import Any

import numpy as np

from contract import Feature, Inputs, pointer
from events import Event

BINS = 10
UNKNOWN = "<unknown>"  # stands for every value outside a vocabulary


def distributions(inputs: Inputs, events: list[Event], scores: np.ndarray) -> dict[str, dict[str, Any]]:
    """One distribution per feature and one of the scores, by their tables' names."""
    tables = {"score": _histogram(scores.astype(np.float64))}
    for feature in inputs.features:
        tables[f"features.{feature.name}"] = _of_feature(feature, events)
    return tables


def _of_feature(feature: Feature, events: list[Event]) -> dict[str, Any]:
    found = [feature.read(event) for event in events]
    missing = sum(value is None for value in found) / len(found)
    present = [value for value in found if value is not None]
    if feature.source == "category":
        raw = [pointer(event, feature.field) for event in events]
        table = _shares([name if name in feature.vocabulary else UNKNOWN for name in raw if name is not None])
    elif feature.source == "string":
        table = _shares(present)
    else:
        table = _histogram(np.array(present, dtype=np.float64))
    return table | {"missing": round(missing, 6)}


def _histogram(values: np.ndarray) -> dict[str, Any]:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))
    # Bin i holds edges[i-1] < value <= edges[i]; quantiles of discrete values fall on the values.
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return {"edges": [float(edge) for edge in edges], "shares": _rounded(counts / len(values))}


def _shares(names: list[str]) -> dict[str, Any]:
    counts = Counter(names).most_common()
    return {
        "values": [name for name, _ in counts],
        "shares": _rounded(np.array([count for _, count in counts]) / len(names)),
    }


def _rounded(shares: np.ndarray) -> list[float]:
    return [round(float(share), 6) for share in shares]
