"""Trains the shipped models and writes their folders: `train.py --data DIR --out models`."""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx

import cards
import contract_file
import fraud
import golden
import onnx_tools
import price
import reference
from events import Event
from version import Version

COMMAND = "make models"
ORDINARY = 14
ALIASES = "[fraud]\nchampion = 1\nchallenger = 2\n\n[pricing]\nchampion = 1\n"


def main() -> None:
    """Reads the simulator's files, trains, checks against ONNX Runtime, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with orders.jsonl, outcomes.jsonl, …")
    parser.add_argument("--out", type=Path, required=True, help="model repository to write to")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "aliases.toml").write_text(ALIASES)

    orders = fraud.load(arguments.data)
    validation = [order.event for order in orders.validation]
    test = [order.event for order in orders.test]
    for version in (fraud.champion(orders), fraud.challenger(orders)):
        ship(arguments.out, version, validation, test, _complete_order)
    pricing, test = price.champion(arguments.data)
    ship(arguments.out, pricing, test, test, _complete_quote)


def ship(
    out: Path, version: Version, usual: list[Event], test: list[Event], complete: Callable[[Event], bool]
) -> None:
    """Checks a version and writes its folder. The scores and features of `usual`, which were not trained
    on, become its reference; golden events are made of `test`."""
    version.model.graph.name = f"{version.name}-{version.number}"
    onnx_tools.sort_opsets(version.model)
    onnx_tools.check(version)
    sample = test[:20_000]
    scores = version.trained_score(sample)
    difference = np.abs(onnx_tools.onnx_score(version, sample) - scores).max()
    assert difference <= version.tolerance, f"{version.name}/{version.number} is off by {difference}"
    folder = out / version.name / str(version.number)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(version.model, folder / "model.onnx")
    contract_file.write(
        folder / "contract.toml",
        version.kind,
        version.description,
        version.inputs,
        version.output,
        version.decision,
        version.tolerance,
        reference.distributions(version.inputs, usual, version.trained_score(usual)),
    )
    by_score = np.argsort(scores, kind="stable")
    ordinary = [sample[i] for i in by_score[np.linspace(0, len(sample) - 1, ORDINARY).astype(int)]]
    # Where a score is in the middle, a wrong turn in a single tree shows.
    middle = (scores.max() + scores.min()) / 2
    base = min((i for i, event in enumerate(sample) if complete(event)), key=lambda i: abs(scores[i] - middle))
    worst = golden.write(folder / "golden.jsonl", version, ordinary, sample[base])
    version.card["Conversion"] = (
        f"Largest difference between the training library and ONNX Runtime: {difference:.1e} on "
        f"{len(sample):,} held-out events, {worst:.1e} on the golden events."
    )
    cards.write(folder, f"{version.name}/{version.number}", version.card, COMMAND)
    print(f"{version.name}/{version.number}: {difference:.1e} on events, {worst:.1e} on golden events")


def _complete_order(order: Event) -> bool:
    """Whether an order has every field, so that each can be taken away."""
    fields = ("ip_country", "device_id", "customer_created_at", "shipping_address", "discount_amount")
    return len(order["line_items"]) >= 3 and all(order["payment"].values()) and all(map(order.get, fields))


def _complete_quote(quote: Event) -> bool:
    """Whether a quote has every field."""
    complete = len(quote["competitor_price_amounts"]) == 4
    return complete and bool(quote["customer_segment"]) and quote["stock"] is not None


if __name__ == "__main__":
    main()
