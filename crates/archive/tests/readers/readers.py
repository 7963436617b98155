"""Reads published Parquet with DuckDB, Polars and pandas, and compares every value with the JSON of the same comparisons.

usage: readers.py FOLDER EXPECTED.jsonl EVERYDAY.sql

FOLDER is an output folder with days 2026-10-31 to 2026-11-02. Ends with the first difference.
"""

import collections
import datetime
import json
import os
import pathlib
import statistics
import sys

import duckdb
import pandas
import polars

UTC = datetime.timezone.utc
DAY = datetime.date(2026, 11, 1)


def instant(text):
    return None if text is None else datetime.datetime.fromisoformat(text)


def expected_rows(path):
    """What the JSON says, as the columns' values, by id."""
    rows = {}
    for line in path.read_text().splitlines():
        one = json.loads(line)
        live, model, source = one["live"] or {}, one["model"], one["source"]
        features = {
            name: {"number": None if isinstance(value, str) else value, "text": value if isinstance(value, str) else None}
            for name, value in one.get("features", {}).items()
        }
        same = ["run_id", "mode", "stream", "kind", "subject_id", "score", "agrees", "delta_amount", "amount", "currency"]
        optional = ["item_id", "customer_id", "live_score", "live_propensity", "cost_amount", "quantity"]
        rows[one["comparison_id"]] = {
            **{name: one[name] for name in same},
            **{name: one.get(name) for name in optional},
            "occurred_at": instant(one["occurred_at"]),
            "scored_at": instant(one["scored_at"]),
            **{f"model_{name}": model[name] for name in ["name", "version", "sha256", "alias"]},
            "would_be_action": one["would_be"].get("action"),
            "would_be_price_amount": one["would_be"].get("price_amount"),
            "live_action": live.get("action"),
            "live_price_amount": live.get("price_amount"),
            "guardrails": one["guardrails"],
            "segments": one["segments"],
            "features": features or None,
            **{f"source_{name}": source[name] for name in ["cluster", "topic", "partition", "offset"]},
            "source_timestamp": instant(source["timestamp"]),
            "dt": instant(one["occurred_at"]).astimezone(UTC).date(),
        }
    return rows


def same(reader, found, expected):
    if len(found) != len(expected):
        sys.exit(f"{reader} has {len(found)} rows, not {len(expected)}")
    for key, row in expected.items():
        for name, value in row.items():
            if found[key][name] != value or type(found[key][name]) is not type(value):
                sys.exit(f"{reader}: {name} of {key} is {found[key][name]!r}, not {value!r}")
    print(f"{reader}: {len(found)} rows, {len(row)} columns, every value as in the JSON")


TYPES = {
    "BIGINT": "live_price_amount would_be_price_amount delta_amount amount cost_amount source_offset",
    "INTEGER": "model_version source_partition",
    "DOUBLE": "score live_score live_propensity quantity",
    "BOOLEAN": "agrees",
    "TIMESTAMP WITH TIME ZONE": "occurred_at scored_at source_timestamp",
    "STRUCT(rule VARCHAR, before BIGINT, after BIGINT)[]": "guardrails",
    "MAP(VARCHAR, VARCHAR)": "segments",
    "MAP(VARCHAR, STRUCT(number DOUBLE, text VARCHAR))": "features",
    "DATE": "dt",
}


def with_duckdb(expected, sql):
    duckdb.execute("SET TimeZone = 'UTC'")
    statements = duckdb.extract_statements(sql)
    duckdb.execute(statements[0])
    # Which names it quotes depends on its version.
    kinds = {row[0]: row[1].replace('"', "") for row in duckdb.sql("DESCRIBE comparisons").fetchall()}
    for kind, names in TYPES.items():
        for name in names.split():
            found = kinds.pop(name)
            if found != kind:
                sys.exit(f"DuckDB: {name} is {found}, not {kind}")
    if set(kinds.values()) != {"VARCHAR"}:
        sys.exit(f"DuckDB: {kinds} are not all text")
    rows = duckdb.sql("SELECT * FROM comparisons").pl().to_dicts()
    same("DuckDB", {row["comparison_id"]: plain(row) for row in rows}, expected)
    plan = duckdb.sql(f"EXPLAIN ANALYZE SELECT count(*) FROM comparisons WHERE dt = '{DAY}'").fetchall()[0][1]
    days = len(list(pathlib.Path(f"comparisons/dt={DAY}").iterdir()))
    files = f"{days}/{len(list(pathlib.Path('comparisons').glob('*/*')))}"
    if files not in plan:
        sys.exit(f"DuckDB's plan doesn't say that it reads {files} files:\n{plan}")
    print(f"DuckDB: a condition on dt reads {files} files")
    return [duckdb.sql(statement.query).pl().rows() for statement in statements[1:]]


def plain(row):
    """Maps and instants as Python has them."""
    for name in ["segments", "features"]:
        if isinstance(row[name], list):
            row[name] = {pair["key"]: pair["value"] for pair in row[name]}
    for name in ["occurred_at", "scored_at", "source_timestamp"]:
        if row[name] is not None:
            row[name] = row[name].astimezone(UTC)
    return row


def with_polars(expected):
    frame = polars.scan_parquet("comparisons/**/*.parquet", hive_partitioning=True)
    kinds = frame.collect_schema()
    for name, kind in [
        ("occurred_at", polars.Datetime("ms", "UTC")),
        ("amount", polars.Int64),
        ("model_version", polars.Int32),
        ("score", polars.Float64),
        ("agrees", polars.Boolean),
        ("dt", polars.Date),
    ]:
        if kinds[name] != kind:
            sys.exit(f"Polars: {name} is {kinds[name]}, not {kind}")
    rows = frame.collect().to_dicts()
    same("Polars", {row["comparison_id"]: plain(row) for row in rows}, expected)


def with_pandas(expected):
    frame = pandas.read_parquet("comparisons")
    for name, kind in [("occurred_at", "datetime64[ms, UTC]"), ("source_offset", "int64"), ("model_version", "int32")]:
        if str(frame.dtypes[name]) != kind:
            sys.exit(f"pandas: {name} is {frame.dtypes[name]}, not {kind}")
    # Columns with nulls need pandas' own types to stay whole numbers.
    frame = pandas.read_parquet("comparisons", dtype_backend="pyarrow")
    if str(frame.dtypes["amount"]) != "int64[pyarrow]":
        sys.exit(f"pandas: amount is {frame.dtypes['amount']}, not int64[pyarrow]")
    found = {}
    for row in frame.to_dict("records"):
        row = {name: None if value is pandas.NA else value for name, value in row.items()}
        for name in ["segments", "features"]:
            row[name] = None if row[name] is None else dict(row[name])
        row["guardrails"] = [dict(step) for step in row["guardrails"]]
        for name in ["occurred_at", "scored_at", "source_timestamp"]:
            row[name] = None if row[name] is None else row[name].to_pydatetime().astimezone(UTC)
        row["dt"] = datetime.date.fromisoformat(str(row["dt"]))
        found[row["comparison_id"]] = row
    same("pandas", found, expected)


def pruned(expected):
    """Files of another day are spoiled: whoever opens them fails."""
    for path in pathlib.Path("comparisons/dt=2026-11-02").iterdir():
        path.write_bytes(b"no Parquet")
    wanted = sum(row["dt"] == DAY for row in expected.values())
    scan = polars.scan_parquet("comparisons/**/*.parquet", hive_partitioning=True)
    found = {
        "DuckDB": duckdb.sql(f"SELECT count(*) FROM comparisons WHERE dt = '{DAY}'").fetchall()[0][0],
        "Polars": scan.filter(polars.col("dt") == DAY).collect().height,
        "pandas": len(pandas.read_parquet("comparisons", filters=[("dt", "=", str(DAY))])),
    }
    for reader, rows in found.items():
        if rows != wanted:
            sys.exit(f"{reader} finds {rows} rows of the day, not {wanted}")
        print(f"{reader}: {rows} rows of one day, files of another day unread")


def answers(expected):
    """The five questions, answered from the JSON without SQL."""
    groups = [collections.defaultdict(list) for _ in range(5)]
    for key, row in expected.items():
        model = (row["model_name"], row["model_version"])
        groups[0][(*model, row["dt"])].append(row)
        if row["live_action"] is not None:
            groups[1][(*model, row["live_action"], row["would_be_action"], row["currency"])].append(row)
        if row["agrees"] is False:
            groups[2][()].append((-abs(row["delta_amount"]), key, row))
        groups[3][(*model, row["segments"].get("country"))].append(row["score"])
        if row["kind"] == "prices":
            groups[4][(*model, row["segments"].get("category"), row["item_id"], row["currency"])].append(row)
    agreement, cells, top, scores, prices = groups

    def share(rows, holds):
        return round(sum(map(holds, rows)) / len(rows), 4)

    first = []
    for group, rows in agreement.items():
        decided = [row for row in rows if row["agrees"] is not None]
        first.append((*group, len(rows), len(decided), share(decided, lambda row: row["agrees"])))
    second = [
        (*group, len(rows), sum(row["amount"] for row in rows), sum(row["delta_amount"] for row in rows))
        for group, rows in cells.items()
    ]
    third = [(row["subject_id"], row["delta_amount"]) for _, _, row in sorted(top[()], key=lambda one: one[:2])[:20]]
    fourth = [(*group, len(rows), round(statistics.median(rows), 4)) for group, rows in scores.items()]

    def change(row):
        return row["would_be_price_amount"] - row["live_price_amount"]

    fifth = [
        (
            *group,
            len(rows),
            round(statistics.median(change(row) / row["live_price_amount"] for row in rows), 4),
            share(rows, lambda row: change(row) > 0 and not row["agrees"]),
            share(rows, lambda row: change(row) < 0 and not row["agrees"]),
            share(rows, lambda row: len(row["guardrails"]) > 0),
            sum(row["quantity"] * row["delta_amount"] for row in rows),
        )
        for group, rows in prices.items()
    ]
    return first, second, third, fourth, fifth


def exact(row):
    return repr([value for value in row if not isinstance(value, float)])


def rounded(row):
    """Both round to four places, but ties each in its own way."""
    return [value for value in row if isinstance(value, float)]


def main():
    folder, json_path, sql_path = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    os.chdir(folder)
    expected = expected_rows(json_path)
    found = with_duckdb(expected, sql_path.read_text())
    with_polars(expected)
    with_pandas(expected)
    first, second, third, fourth, fifth = found
    said = (
        first,
        second,
        [(row[2], row[7]) for row in third],
        [(*row[:4], row[7]) for row in fourth],
        fifth,
    )
    for number, (sql, plainly) in enumerate(zip(said, answers(expected), strict=True), 1):
        sql, plainly = sorted(sql, key=exact), sorted(plainly, key=exact)
        if not sql or len(sql) != len(plainly):
            sys.exit(f"question {number}: SQL gives {len(sql)} rows, not {len(plainly)}")
        for one, other in zip(sql, plainly):
            if exact(one) != exact(other) or any(abs(a - b) > 1.01e-4 for a, b in zip(rounded(one), rounded(other))):
                sys.exit(f"question {number}: SQL says {one}, not {other}")
        print(f"question {number}: {len(sql)} rows, as without SQL")
    pruned(expected)


main()
