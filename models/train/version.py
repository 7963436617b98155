"""A trained model version, before it is written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx

from contract import Inputs
from events import Event


@dataclass
class Version:
    """What a version folder is made of. `trained_score` is the training library's own score."""

    name: str
    number: int
    kind: str
    description: str
    inputs: Inputs
    model: onnx.ModelProto
    output: dict[str, Any]
    tolerance: float
    trained_score: Callable[[list[Event]], np.ndarray]
    decision: dict[str, dict[str, Any]]
    card: dict[str, str]
    thresholds: dict[str, list[float]] = field(default_factory=dict)
    """Split points of number and duration features, as the library has them, for the golden events."""
