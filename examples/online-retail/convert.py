"""Makes document and price events, in shapes of their own, of the public file online_retail.parquet.

Usage: convert.py ONLINE_RETAIL.PARQUET OUT_FOLDER

Writes documents.tsv (an event per invoice number), prices.tsv (an event per changed price of an article) and
outcomes.tsv (what became of goods at a changed price), each line as key, tab, event. Needs pyarrow: venv.sh makes an
environment that has it.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet

Line = dict[str, Any]
Event = tuple[str, dict[str, Any]]

KINDS = {"C": ("credit-note", "RETURNED"), "A": ("adjustment", "BOOKED")}
INVOICE = ("invoice", "SHIPPED")
CARRIAGE = {"POST", "DOT", "C2"}
PENNY = Decimal("0.01")
COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


def documents(lines: Iterable[Line]) -> Iterator[Event]:
    """An event per invoice number, in the order of their first lines; its lines are its rows."""
    by_number: dict[str, list[Line]] = {}
    for line in lines:
        by_number.setdefault(line["InvoiceNo"], []).append(line)
    for number, own in by_number.items():
        customer = own[0]["CustomerID"]
        customer = None if customer is None else str(customer)
        yield customer or number, document(number, customer, own)


def document(number: str, customer: str | None, lines: list[Line]) -> dict[str, Any]:
    carriage = sum((worth(line) for line in lines if line["StockCode"] in CARRIAGE), Decimal("0.00"))
    goods = sum((worth(line) for line in lines if line["StockCode"] not in CARRIAGE), Decimal("0.00"))
    kind, verdict = KINDS.get(number[0], INVOICE)
    return {
        "document": {
            "kind": kind,
            "number": number,
            "at": lines[0]["InvoiceDate"].isoformat(),
            "verdict": verdict,
        },
        "party": {"customer": customer, "country": lines[0]["Country"]},
        "sums": {"goods": str(goods), "carriage": str(carriage), "gross": str(goods + carriage), "iso": "GBP"},
        "paid_by": "unknown",
        "rows": [
            {
                "article": line["StockCode"],
                "text": line["Description"],
                "pieces": line["Quantity"],
                "each": str(price(line)),
            }
            for line in lines
        ],
    }


def price_changes(lines: Iterable[Line]) -> Iterator[Event]:
    """An event whenever a line's price of an article differs from that on the article's line before.

    `was` is the last price that was one (a penny or more); an article that had none yet has none.
    """
    last: dict[str, Decimal] = {}
    was: dict[str, Decimal] = {}
    numbers: dict[str, int] = {}
    for line in lines:
        article, now = line["StockCode"], price(line)
        numbers[line["InvoiceNo"]] = numbers.get(line["InvoiceNo"], 0) + 1
        if last.get(article, now) != now:
            yield article, price_change(line, numbers[line["InvoiceNo"]], was.get(article), now)
        last[article] = now
        if now >= PENNY:
            was[article] = now


def price_change(line: Line, place: int, was: Decimal | None, now: Decimal) -> dict[str, Any]:
    # The file knows no costs: half the price, so that the margin has something to be held against.
    assumed_cost = (now / 2).quantize(PENNY, rounding=ROUND_UP)
    # How many were asked for at this price: nobody asks for goods that go back or are written off.
    asked = {"asked": line["Quantity"]} if line["Quantity"] > 0 else {}
    return {
        "reference": f"{line['InvoiceNo']}-{place}",
        "article": line["StockCode"],
        "at": line["InvoiceDate"].isoformat(),
        "outlet": "unknown",
        "pieces": line["Quantity"],
        **asked,
        "price": {
            "was": None if was is None else str(was),
            "now": str(now),
            "assumed_cost": str(assumed_cost),
            "iso": "GBP",
        },
    }


def outcomes(changes: Iterable[Event]) -> Iterator[Event]:
    """What the line of each changed price says of its goods: sold, taken back, or nothing (write-offs, gifts)."""
    for _, change in changes:
        pieces, credit_note = change["pieces"], change["reference"].startswith("C")
        if Decimal(change["price"]["now"]) < PENNY or change["reference"].startswith("A"):
            continue
        if pieces > 0 and not credit_note or pieces < 0 and credit_note:
            what = "taken back" if credit_note else "sold"
            reference = change["reference"]
            yield reference, {"reference": reference, "what": what, "at": change["at"], "pieces": abs(pieces)}


def price(line: Line) -> Decimal:
    """The decimal number that the file's double stands for."""
    return Decimal(repr(line["UnitPrice"]))


def worth(line: Line) -> Decimal:
    return line["Quantity"] * price(line)


def write(path: Path, events: Iterable[Event]) -> None:
    with path.open("w") as out:
        for key, event in events:
            print(key, json.dumps(event), sep="\t", file=out)


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    lines = pyarrow.parquet.read_table(source, columns=COLUMNS).to_pylist()
    write(out / "documents.tsv", documents(lines))
    changes = list(price_changes(lines))
    write(out / "prices.tsv", changes)
    write(out / "outcomes.tsv", outcomes(changes))


if __name__ == "__main__":
    main()
