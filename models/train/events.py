"""Reads a shop's event files and joins orders and quotes with what became of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

Event = dict[str, Any]

MINOR_UNITS_PER_EURO = {"EUR": 100.0, "USD": 108.0, "GBP": 86.0, "JPY": 162.0}
EARLIEST_MS = 315_532_800_000  # 1980
LATEST_MS = 3_471_292_800_000  # 2080


@dataclass(frozen=True)
class Labelled:
    """A sound event and what became of it: 1 for fraud or a purchase, 0 otherwise, None if nobody knows."""

    event: Event
    label: int | None


def epoch_ms(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 timestamp."""
    moment = datetime.fromisoformat(text)
    delta = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (delta.days * 86_400 + delta.seconds) * 1_000 + delta.microseconds // 1_000


def rfc3339(millis: int) -> str:
    """The UTC timestamp of milliseconds since 1970."""
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=millis)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def euros(amount: float, currency: str) -> float:
    """An amount of minor units in euros, at the simulator's fixed rates."""
    return amount / MINOR_UNITS_PER_EURO[currency]


def sound_orders(directory: Path) -> Iterator[Event]:
    """Placed orders with consent; anything else is left out, as the service would."""
    for event in _sound(directory / "orders.jsonl", "order_id", "created_at", "total_amount"):
        if event.get("type") == "order.placed" and event.get("consent", {}).get("analytics") is True:
            yield event


def sound_quotes(directory: Path) -> Iterator[Event]:
    """Price quotes; anything malformed is left out."""
    for event in _sound(directory / "price-quotes.jsonl", "quote_id", "quoted_at", "price_amount"):
        if event.get("type") == "price.quoted":
            yield event


def labelled_orders(directory: Path) -> list[Labelled]:
    """Orders in time order with their matured fraud label.

    The last word counts: a warning, a lost or an open dispute and a confirmed review say fraud, a
    dispute won says legit. An order without any word is legit, unless it was rejected: then nobody knows.
    """
    verdicts: dict[str, int] = {}
    for outcome in _lines(directory / "outcomes.jsonl"):
        if outcome["type"] == "dispute_won" or outcome["label"] == "legit":
            verdicts[outcome["subject_id"]] = 0
        elif outcome["label"] == "fraud":
            verdicts[outcome["subject_id"]] = 1
    orders = []
    for event in sound_orders(directory):
        known = verdicts.get(event["order_id"])
        rejected = event["live_decision"]["action"] == "reject"
        orders.append(Labelled(event, None if rejected else known or 0))
    return orders


def labelled_quotes(directory: Path) -> list[Labelled]:
    """Quotes in time order with 1 where they were bought."""
    bought = {o["subject_id"] for o in _lines(directory / "outcomes.jsonl") if o["type"] == "purchased"}
    return [Labelled(event, int(event["quote_id"] in bought)) for event in sound_quotes(directory)]


def truths(directory: Path) -> dict[str, Event]:
    """What the simulator knows about each order and quote; empty where the file is absent."""
    path = directory / "truth.jsonl"
    return {line["subject_id"]: line for line in _lines(path)} if path.exists() else {}


def split_by_time(count: int) -> tuple[slice, slice, slice]:
    """Train, validation and held-out test: the first 60 %, the next 15 %, the last 25 %."""
    train, validation = int(count * 0.60), int(count * 0.75)
    return slice(0, train), slice(train, validation), slice(validation, count)


def _lines(path: Path) -> Iterator[Event]:
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)


def _sound(path: Path, subject: str, time: str, amount: str) -> Iterator[Event]:
    """Objects whose bound fields hold what they must."""
    doubled = f'"{subject}":'.encode()
    with path.open("rb") as file:
        for line in file:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if not isinstance(event, dict) or line.count(doubled) > 1:
                continue
            if _is_sound(event, subject, time, amount):
                yield event


def _is_sound(event: Event, subject: str, time: str, amount: str) -> bool:
    if not isinstance(event.get(subject), str) or not isinstance(event.get(time), str):
        return False
    value = event.get(amount)
    if not isinstance(value, int) or value < 0 or event.get("currency") not in MINOR_UNITS_PER_EURO:
        return False
    return EARLIEST_MS < epoch_ms(event[time]) < LATEST_MS
