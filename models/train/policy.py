"""Chooses the two thresholds of a fraud policy by expected cost."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Costs:
    """What decisions cost, in euros. Assumptions: a shop should put its own in their place."""

    recovery: float = 0.10  # share of a lost amount that comes back
    fee: float = 15.0  # of a dispute
    margin: float = 0.25  # of an honest order's amount
    churn: float = 8.0  # of an honest customer turned away
    review: float = 3.0  # of one manual review
    review_finds: float = 0.75  # share of fraud that a review finds
    review_errs: float = 0.03  # share of honest orders that a review turns away

    def missed(self, amounts: np.ndarray) -> np.ndarray:
        """Cost of accepting a fraudulent order."""
        return amounts * (1.0 - self.recovery) + self.fee

    def declined(self, amounts: np.ndarray) -> np.ndarray:
        """Cost of rejecting an honest order."""
        return amounts * self.margin + self.churn


def choose(labels: np.ndarray, scores: np.ndarray, amounts: np.ndarray, costs: Costs) -> tuple[float, float]:
    """The (review, reject) thresholds of least cost on the given orders; amounts in euros."""
    fraud = labels == 1
    accept = np.where(fraud, costs.missed(amounts), 0.0)
    reject = np.where(fraud, 0.0, costs.declined(amounts))
    review = costs.review + np.where(fraud, (1 - costs.review_finds) * accept, costs.review_errs * reject)
    candidates = np.round(np.concatenate([np.arange(0.01, 0.10, 0.005), np.arange(0.10, 0.99, 0.02)]), 3)
    order = np.argsort(scores, kind="stable")
    below = np.searchsorted(scores[order], candidates, side="left")
    sums = [np.concatenate([[0.0], np.cumsum(column[order])]) for column in (accept, review, reject)]
    best = (np.inf, 0.0, 0.0)
    for low_index, low in enumerate(candidates):
        for high_index in range(low_index + 1, len(candidates)):
            at_low, at_high = below[low_index], below[high_index]
            total = sums[0][at_low] + sums[1][at_high] - sums[1][at_low] + sums[2][-1] - sums[2][at_high]
            best = min(best, (float(total), float(low), float(candidates[high_index])))
    return best[1], best[2]


def cost(labels: np.ndarray, actions: np.ndarray, amounts: np.ndarray, costs: Costs) -> float:
    """Cost per 1,000 orders of actions 0 accept, 1 review, 2 reject."""
    fraud = labels == 1
    accept = np.where(fraud, costs.missed(amounts), 0.0)
    reject = np.where(fraud, 0.0, costs.declined(amounts))
    review = costs.review + np.where(fraud, (1 - costs.review_finds) * accept, costs.review_errs * reject)
    return float(np.choose(actions, [accept, review, reject]).mean() * 1_000)
