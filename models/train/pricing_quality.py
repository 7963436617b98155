"""How good prices are: against what customers were going to do, which only a simulator knows."""

from collections.abc import Callable, Sequence

import numpy as np

from events import Event, euros
from pricing import GRID, LEAST_MARGIN

# The simulator's customers have a taste that no quote tells: normal, with this deviation.
TASTE = 0.35
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(9)


def expected_margin(events: Sequence[Event], truths: dict[str, Event], ratios: np.ndarray) -> np.ndarray:
    """Each quote's true expected margin in euros per piece at its ratio to the list price."""
    chances = _chances(events, truths)(np.log(ratios))
    return chances * _margins(events, ratios)


def best_margin(events: Sequence[Event], truths: dict[str, Event]) -> np.ndarray:
    """Each quote's true expected margin at the best ratio of the grid, for one who knows everything."""
    chances = _chances(events, truths)
    costs = np.array([event["cost_amount"] / event["list_price_amount"] for event in events])
    every = []
    for ratio in GRID:
        ratios = np.full(len(events), ratio)
        margins = chances(np.log(ratios)) * _margins(events, ratios)
        every.append(np.where(ratio < costs * LEAST_MARGIN, -np.inf, margins))
    best = np.max(every, axis=0)
    return np.where(np.isfinite(best), best, expected_margin(events, truths, np.full(len(events), GRID[-1])))


def _chances(events: Sequence[Event], truths: dict[str, Event]) -> Callable[[np.ndarray], np.ndarray]:
    known = [truths[event["quote_id"]] for event in events]
    intercepts = np.array([line["intercept"] for line in known])
    slopes = np.array([line["slope"] for line in known])

    def chances(log_ratios: np.ndarray) -> np.ndarray:
        odds = (intercepts - slopes * log_ratios)[:, None] + TASTE * NODES[None, :]
        return (1.0 / (1.0 + np.exp(-odds))) @ (WEIGHTS / WEIGHTS.sum())

    return chances


def _margins(events: Sequence[Event], ratios: np.ndarray) -> np.ndarray:
    return np.array(
        [
            euros(ratio * event["list_price_amount"] - event["cost_amount"], event["currency"])
            for event, ratio in zip(events, ratios, strict=True)
        ]
    )
