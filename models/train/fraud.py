"""Trains both fraud versions on the same orders and writes what their cards say."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import cards
import fraud_gbdt
import fraud_mlp
import policy
import quality
from events import Event, Labelled, euros, labelled_orders, split_by_time, truths
from version import Version

COSTS = policy.Costs()
Scorer = Callable[[list[Event]], np.ndarray]
LABELS = (
    "Label: fraud where the last word is an early fraud warning, a dispute open or lost, or a review that "
    "confirmed fraud; legit otherwise. All outcomes are in, so labels are mature. Rejected orders have no label "
    "and take no part in training; orders without consent are never seen. Split by time: the first 60 % train, "
    "the next 15 % choose the thresholds, the last 25 % are held out."
)
LIMITS = (
    "- Rejected orders carry no label, so what the live rules stop best is learned from the tenth of it that "
    "they send to review instead.\n"
    "- Friendly fraud looks like any other order and is mostly missed; a fraud that nobody noticed counts as legit.\n"
    "- One order at a time: how many orders a device or a card made in the last hour is not seen.\n"
    "- Countries, categories and codes never seen in training count as unknown."
)


@dataclass(frozen=True)
class Orders:
    """The orders of each part of the split. Only the training part leaves out those without a label."""

    train: list[Labelled]
    validation: list[Labelled]
    test: list[Labelled]
    truths: dict[str, Event]


def load(directory: Path) -> Orders:
    """Orders with mature labels, split by time."""
    orders = labelled_orders(directory)
    train, validation, test = (orders[part] for part in split_by_time(len(orders)))
    return Orders(_judged(train), validation, test, truths(directory))


def champion(orders: Orders) -> Version:
    """fraud/1."""
    train = _events(orders.train)
    columns = fraud_gbdt.inputs(train)
    booster = fraud_gbdt.train(columns.matrix_of(train), _labels(orders.train))

    def score(events: list[Event]) -> np.ndarray:
        return booster.predict(columns.matrix_of(events), num_threads=1)

    what = "LightGBM, 250 trees of 31 leaves, exported by onnxmltools as one TreeEnsembleClassifier."
    return Version(
        name="fraud",
        number=1,
        kind="orders",
        description="chance that an order is fraud: gradient-boosted trees on one matrix",
        inputs=columns,
        model=fraud_gbdt.export(booster, columns),
        output=fraud_gbdt.OUTPUT,
        tolerance=1e-6,
        trained_score=score,
        thresholds=fraud_gbdt.thresholds(booster, columns),
        **_judgement(orders, score, what),
    )


def challenger(orders: Orders) -> Version:
    """fraud/2."""
    train = _events(orders.train)
    columns = fraud_mlp.inputs()
    pipeline = fraud_mlp.train(fraud_mlp.frame(columns, train), _labels(orders.train))

    def score(events: list[Event]) -> np.ndarray:
        return pipeline.predict_proba(fraud_mlp.frame(columns, events))[:, 1]

    what = (
        "scikit-learn: one-hot text columns, unskewed and scaled numbers, a network of 32 and 16 units, "
        "exported by skl2onnx with one tensor per column. ONNX Runtime computes in float32, scikit-learn "
        "partly in float64: hence the wider tolerance of its golden events."
    )
    return Version(
        name="fraud",
        number=2,
        kind="orders",
        description="chance that an order is fraud: a small neural network, one tensor per column",
        inputs=columns,
        model=fraud_mlp.export(pipeline, columns),
        output=fraud_mlp.OUTPUT,
        tolerance=1e-5,
        trained_score=score,
        **_judgement(orders, score, what),
    )


def _judgement(orders: Orders, score: Scorer, what: str) -> dict[str, Any]:
    """The policy, chosen on the validation part, and the card's text from the held-out part."""
    judged = _judged(orders.validation)
    validation = _events(judged)
    thresholds = policy.choose(_labels(judged), score(validation), _euros(validation), COSTS)
    review, reject = thresholds
    chosen = (
        f"`review` from {review}, `reject` from {reject}: the pair of least expected cost on the validation part, "
        f"given these assumptions in euros: `{COSTS}`. Put your own in their place."
    )
    sections = {
        "What it is": f"The chance that an order turns out to be fraud. {what}",
        "Data": f"{len(orders.train):,} training orders of the simulator. {LABELS}",
        "Features": "See `contract.toml`. Nothing of the live decision is an input.",
        "Held-out quality": _held_out(orders, score, thresholds),
        "Thresholds": chosen,
        "Limits": LIMITS,
    }
    return {"decision": {"policy": {"review": review, "reject": reject}}, "card": sections}


def _held_out(orders: Orders, score: Scorer, thresholds: tuple[float, float]) -> str:
    judged = _judged(orders.test)
    events, labels = _events(judged), _labels(judged)
    scores = score(events)
    live = np.array([event["live_decision"]["score"] for event in events])
    rows = quality.classification(labels, scores)
    rules = quality.classification(labels, live)
    rows |= {"live rules: roc_auc": rules["roc_auc"], "live rules: average_precision": rules["average_precision"]}
    amounts = _euros(events)
    actions = np.digitize(scores, thresholds)
    words = {"accept": 0, "review": 1, "reject": 2}
    live_actions = np.array([words[event["live_decision"]["action"]] for event in events])
    rows["cost per 1,000 orders, EUR"] = policy.cost(labels, actions, amounts, COSTS)
    rows["live rules: cost per 1,000 orders, EUR"] = policy.cost(labels, live_actions, amounts, COSTS)
    text = "Orders that were accepted or reviewed, with their mature labels:\n\n" + cards.table(rows)
    if orders.truths:
        everything = _events(orders.test)
        truth = np.array([int("fraud" in orders.truths[event["order_id"]]) for event in everything])
        known = quality.classification(truth, score(everything))
        text += "\n\nAll orders, rejected ones too, against what the simulator knows and no shop could:\n\n"
        text += cards.table(known)
    return text


def _judged(orders: list[Labelled]) -> list[Labelled]:
    return [order for order in orders if order.label is not None]


def _events(orders: list[Labelled]) -> list[Event]:
    return [order.event for order in orders]


def _labels(orders: list[Labelled]) -> np.ndarray:
    return np.array([order.label for order in orders])


def _euros(events: list[Event]) -> np.ndarray:
    return np.array([euros(event["total_amount"], event["currency"]) for event in events])
