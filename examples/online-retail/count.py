"""Counts online_retail.parquet column by column, without the converter's code: what README.md must agree with.

Usage: count.py ONLINE_RETAIL.PARQUET; prints one JSON object.
"""

import json
import sys

import pyarrow as arrow
import pyarrow.compute as compute
import pyarrow.parquet


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    table = pyarrow.parquet.read_table(sys.argv[1])
    numbers = compute.unique(table["InvoiceNo"])
    print(json.dumps({**documents(table, numbers), **lines(table), **prices(table)}))


def documents(table: arrow.Table, numbers: arrow.Array) -> dict[str, int]:
    nobody = compute.unique(table.filter(compute.is_null(table["CustomerID"]))["InvoiceNo"])
    worth = arrow.table(
        {
            "number": table["InvoiceNo"],
            # Tenths of a penny: whole numbers, so that sums are exact.
            "worth": compute.multiply(mills(table["UnitPrice"]), compute.cast(table["Quantity"], "int64")),
        }
    )
    worth = worth.group_by("number").aggregate([("worth", "sum")])
    worth = worth.filter(orders(worth["number"]))
    pence = compute.round(compute.divide(compute.cast(worth["worth_sum"], "float64"), 10.0), round_mode="half_to_even")
    nothing = worth.filter(compute.equal(worth["worth_sum"], 0))["number"]
    return {
        "documents": len(numbers),
        "invoices": total(orders(numbers)),
        "credit_notes": total(compute.starts_with(numbers, "C")),
        "adjustments": total(compute.starts_with(numbers, "A")),
        "invoices_without_customer": total(orders(nobody)),
        "invoices_worth_nothing": len(nothing),
        "invoices_pence": int(compute.sum(pence).as_py()),
    }


def lines(table: arrow.Table) -> dict[str, int]:
    return {
        "lines": table.num_rows,
        "credit_note_lines": total(compute.starts_with(table["InvoiceNo"], "C")),
        "lines_without_customer": total(compute.is_null(table["CustomerID"])),
        "lines_without_price": total(compute.less_equal(table["UnitPrice"], 0.0)),
    }


def prices(table: arrow.Table) -> dict[str, int]:
    """Neighbours after a sort by article that keeps the file's order within each."""
    places = arrow.array(range(table.num_rows))
    prices = arrow.table(
        {
            "article": table["StockCode"],
            "place": places,
            "mills": mills(table["UnitPrice"]),
            "number": table["InvoiceNo"],
            "pieces": table["Quantity"],
        }
    )
    prices = prices.sort_by([("article", "ascending"), ("place", "ascending")]).combine_chunks()
    before, here = prices.slice(0, prices.num_rows - 1), prices.slice(1)
    same_article = compute.equal(before["article"], here["article"])
    changed = compute.and_(same_article, compute.not_equal(before["mills"], here["mills"]))
    zero = compute.less_equal(here["mills"], 0)
    # Half a penny rounds to none (half to even).
    no_price = compute.less_equal(here["mills"], 5)
    to_a_price = compute.and_(changed, compute.invert(no_price))
    bought = compute.and_(orders(here["number"]), compute.greater(here["pieces"], 0))
    returned = compute.and_(compute.starts_with(here["number"], "C"), compute.less(here["pieces"], 0))
    return {
        "price_changes": total(changed),
        "changes_to_zero_or_below": total(compute.and_(changed, zero)),
        "changes_to_no_price": total(compute.and_(changed, no_price)),
        "changes_to_a_price": total(to_a_price),
        "sold_at_a_changed_price": total(compute.and_(to_a_price, bought)),
        "taken_back_at_a_changed_price": total(compute.and_(to_a_price, returned)),
    }


def orders(numbers: arrow.Array) -> arrow.Array:
    return compute.match_substring_regex(numbers, "^[0-9]")


def mills(pounds: arrow.ChunkedArray) -> arrow.ChunkedArray:
    return compute.cast(compute.round(compute.multiply(pounds, 1000.0)), "int64")


def total(flags: arrow.Array) -> int:
    return compute.sum(compute.cast(flags, "int64")).as_py()


if __name__ == "__main__":
    main()
