"""Report: matured figures from `bystander report --watch`."""

from board import MODEL, REPORT_VARIABLES, SCOPE, STREAM, Board
from panels import BAD, GOOD, WATCH, Bars, Lines, Stat, Table

# The report is no instance of `run` and has no lag; it is scraped as a target of its own.
BY = "stream, model, version, metric, currency"

BOARD = Board(
    "report",
    "Report",
    "Figures whose labels have matured, from `bystander report --watch`: shadow against what turned out to be true.",
    variables=["stream", "model", "version"],
    since="now-30d",
    source=REPORT_VARIABLES,
)

BOARD.row(
    "Now",
    Stat("Age of the report", "Time since the last report was made.", "s",
         f"time() - max(bystander_report_generated_timestamp_seconds{{{SCOPE}}})",
         steps=[(None, GOOD), (86400, WATCH), (172800, BAD)]),
    Stat("Matured labels", "Events whose outcome is final; only these are in the figures.", "short",
         f"sum(bystander_report_matured_labels{{{STREAM}}})"),
    Table("Gates", "Conditions under which a model may be switched on, and how each stands.", "string",
          f"max by (gate, result) (bystander_report_gate{{{SCOPE}}}) == 1", hidden=["Value"], share=2),
    height=6,
)

BOARD.row(
    "Figures with their intervals",
    Table("Latest figures", "Each with the bounds of its interval. Money is by currency and never added up.", "short", [
        ("value", f"max by ({BY}) (bystander_report_value{{{MODEL}}})"),
        ("low", f"max by ({BY}) (bystander_report_low{{{MODEL}}})"),
        ("high", f"max by ({BY}) (bystander_report_high{{{MODEL}}})"),
    ], renamed={"Value #A": "value", "Value #B": "low", "Value #C": "high"}, decimals=4),
    height=12,
)

BOARD.row(
    "Over time",
    Lines("Figures without a currency", "Shares, areas such as ROC AUC, and differences of them.", "short",
          [("{{model}}/{{version}} {{metric}}",
            f'max by (stream, model, version, metric) (bystander_report_value{{{MODEL}, currency=""}})')], decimals=3),
    Lines("Money", "Figures in a currency, in its minor units.", "short",
          [("{{model}}/{{version}} {{metric}} {{currency}}",
            f'max by ({BY}) (bystander_report_value{{{MODEL}, currency!=""}})')], decimals=0),
    height=10,
)

BOARD.row(
    "Width of the intervals",
    Lines("Upper less lower bound", "Of figures without a currency. Narrows as labels mature; a figure whose interval is wide decides nothing.", "short",
          [("{{model}}/{{version}} {{metric}}",
            f'max by (stream, model, version, metric) (bystander_report_high{{{MODEL}, currency=""}}) - '
            f'max by (stream, model, version, metric) (bystander_report_low{{{MODEL}, currency=""}})')], decimals=3),
    Lines("Matured labels by stream", "Events whose outcome is final.", "short",
          [("{{stream}}", f"sum by (stream) (bystander_report_matured_labels{{{STREAM}}})")]),
)

BOARD.row(
    "How it is made",
    Bars("Rounds in this range", "How often the report was made, and how often it could not be.", "short",
         [("{{result}}", f"sum by (result) (increase(bystander_report_rounds_total{{{SCOPE}}}[$__range]))")], decimals=0),
    Lines("Time of a round", "Reading everything and computing. Where it comes near the interval, watch less often or a shorter window.", "s",
          [("{{instance}}", f"max by (instance) (bystander_report_round_seconds{{{SCOPE}}})")], least=0),
)
