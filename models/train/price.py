"""Trains the pricing version and writes what its card says."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

import cards
import pricing
import pricing_quality
import quality
from events import Event, labelled_quotes, split_by_time, truths
from version import Version


@dataclass(frozen=True)
class HeldOut:
    """Quotes that took no part in training, whether each was bought, and what the simulator knows of them."""

    events: list[Event]
    bought: np.ndarray
    truths: dict[str, Event]


def champion(directory: Path) -> tuple[Version, list[Event]]:
    """pricing/1, with the quotes held out."""
    quotes = labelled_quotes(directory)
    labels = np.array([quote.label for quote in quotes])
    events = [quote.event for quote in quotes]
    # There are no thresholds to choose, so the validation part goes to training.
    _, validation, test = split_by_time(len(quotes))
    train = slice(0, validation.stop)
    columns = pricing.inputs()
    demand = pricing.Demand(events[train], labels[train])
    ratios = pricing.best_ratios(demand, events[train])
    prepared = pricing.prepare(columns.matrix_of(events[train]))
    model = pricing.train(prepared, ratios)

    def score(some: list[Event]) -> np.ndarray:
        return model.predict(pricing.prepare(columns.matrix_of(some))).astype(np.float64)

    version = Version(
        name="pricing",
        number=1,
        kind="prices",
        description="price of largest expected margin as a ratio to the list price: boosted trees on one matrix",
        inputs=columns,
        model=pricing.export(model, columns),
        output=pricing.OUTPUT,
        tolerance=2e-6,
        trained_score=score,
        decision={"price": {"unit": "ratio", "of": "/list_price_amount"}},
        card={},
        thresholds=pricing.thresholds(model, columns),
    )
    held_out = HeldOut(events[test], labels[test], truths(directory))
    version.card = _card(demand, len(events[train]), held_out, score(held_out.events))
    return version, events[test]


def _card(demand: pricing.Demand, trained: int, held_out: HeldOut, ratios: np.ndarray) -> dict[str, str]:
    events, bought = held_out.events, held_out.bought
    served = np.array([event["price_amount"] / event["list_price_amount"] for event in events])
    rows = quality.classification(bought, demand.chance(events, served))
    fit = {
        "quotes": rows["orders"],
        "share bought": rows["prevalence"],
        "demand model: roc_auc": rows["roc_auc"],
        "demand model: log_loss": rows["log_loss"],
        "demand model: brier": rows["brier"],
        "ratio lost in distilling: mean absolute difference": float(
            np.abs(ratios - pricing.best_ratios(demand, events)).mean()
        ),
        "median ratio, model": float(np.median(ratios)),
        "median ratio, live": float(np.median(served)),
    }
    text = "Quotes of the last quarter of the window:\n\n" + cards.table(fit)
    if held_out.truths:
        text += "\n\n" + _true_margin(events, held_out.truths, served, ratios)
    return {
        "What it is": (
            "The price of largest expected margin for a quote, as a ratio to its list price. Made in three steps: "
            "a logistic demand model of what was bought at which price (slope and level by category, segment and "
            "channel), the best ratio of a grid for each training quote, and XGBoost (220 trees of depth 6) that "
            "learns this ratio from what is known before a price is served. The division of amounts by the list "
            "price stands in the graph; the trees were exported by onnxmltools."
        ),
        "Data": (
            f"{trained:,} quotes of the simulator, the first three quarters of the window, and whether each was "
            "bought. A quarter of the live prices were drawn at random, which is what makes demand learnable."
        ),
        "Features": "See `contract.toml`. The served price is not an input.",
        "Held-out quality": text,
        "Limits": (
            "- Greedy: one quote at a time, no stock-outs, no returns, no competitor that answers.\n"
            "- Outside the range of prices that were tried (0.55 to 1.12 times the list price) it knows nothing; keep "
            "the guardrails on.\n"
            "- A ratio is the same for each currency; rounding to price points is the guardrails' work."
        ),
    }


def _true_margin(events: list[Event], known: dict[str, Event], served: np.ndarray, ratios: np.ndarray) -> str:
    live = pricing_quality.expected_margin(events, known, served).mean()
    model = pricing_quality.expected_margin(events, known, ratios).mean()
    oracle = pricing_quality.best_margin(events, known).mean()
    rows = {
        "live prices, a quarter of them random": live,
        "this model": model,
        "an oracle that knows each customer's demand": oracle,
        "regret of this model": f"{(1 - model / oracle) * 100:.1f} %",
        "regret of the live prices": f"{(1 - live / oracle) * 100:.1f} %",
    }
    head = "Expected margin per quoted piece in euros, by the simulator's own demand, which no shop knows:\n\n"
    return head + cards.table(rows)
