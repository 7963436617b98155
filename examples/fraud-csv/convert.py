"""Makes order events, in a shape of their own, of the public file fraud_data.csv.

Usage: convert.py FRAUD_DATA.CSV OUT_FOLDER

Writes orders.tsv (a line per row of the file) and outcomes.tsv (what each whole row turned out to be), each line as
key, tab, event. Needs Python 3.9 or newer and nothing else.
"""

import csv
import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

Row = dict[str, str]


def order(row: Row) -> dict[str, Any]:
    """The event of one row. A column that is empty is no member: a cut-off row makes a cut-off event."""
    event = {
        "purchase": {
            "number": row["user_id"],
            "epoch": epoch(row["purchase_time"]),
            "verdict": "approved",
            "paid_by": "unknown",
            "value": {"sum": row["purchase_value"], "postage": "0.00", "iso": "USD"},
        },
        "account": {"opened": epoch(row["signup_time"]), "country": "unknown", "sex": row["sex"], "age": row["age"]},
        "visit": {"via": row["source"], "browser": row["browser"], "device": row["device_id"], "ip": row["ip_address"]},
        "basket": [{"what": "unknown", "count": 1, "each": row["purchase_value"]}],
    }
    return without_empty(event)


def outcome(row: Row) -> dict[str, Any]:
    """What the order turned out to be; the file doesn't say when that became known."""
    return {"order": row["user_id"], "turned_out": "fraud" if row["class"] == "1" else "good"}


def epoch(text: str) -> Optional[int]:
    """Seconds since 1970 of a time such as "1/31/2020 8:26", taken as UTC."""
    if not text:
        return None
    return int(datetime.strptime(text, "%m/%d/%Y %H:%M").replace(tzinfo=timezone.utc).timestamp())


def without_empty(value: Any) -> Any:
    """The value without members that are empty texts or missing."""
    if isinstance(value, dict):
        return {name: without_empty(member) for name, member in value.items() if member not in ("", None)}
    if isinstance(value, list):
        return [without_empty(element) for element in value]
    return value


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    with (
        source.open(encoding="utf-8-sig", newline="") as rows,
        (out / "orders.tsv").open("w") as orders,
        (out / "outcomes.tsv").open("w") as outcomes,
    ):
        for row in csv.DictReader(rows, restval=""):
            print(row["user_id"], json.dumps(order(row)), sep="\t", file=orders)
            if row["class"]:
                print(row["user_id"], json.dumps(outcome(row)), sep="\t", file=outcomes)


if __name__ == "__main__":
    main()
