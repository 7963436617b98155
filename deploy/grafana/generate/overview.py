"""Overview: is it running, do decisions agree, what money is at stake."""

from board import MODEL, SCOPE, STREAM, Board
from panels import BAD, DECISIONS, GOOD, WATCH, Heat, Lines, Matrix, Stack, Stat, Table

RATE = "$__rate_interval"
# Comparisons of orders, not of prices.
ORDERS = 'would_be=~"accept|review|reject"'
# Cells in which the model decides as the shop did: live, would-be.
SAME = [("accept", "accept"), ("review", "review"), ("reject", "reject"), ("served", "same")]


def agreement(selector, window=RATE):
    """Share of comparisons, of those with a live decision, in which the model decides as the shop did."""
    cells = [
        f'rate(bystander_comparisons_total{{{selector}, live="{live}", would_be="{would_be}"}}[{window}])'
        for live, would_be in SAME
    ]
    by = "sum by (stream, model, version)"
    compared = f'{by} (rate(bystander_comparisons_total{{{selector}, live!="none"}}[{window}]))'
    return f"{by} ({' or '.join(cells)}) / {compared}"


def at_stake():
    """Amounts of the events on which model and shop disagree."""
    cells = [
        f'increase(bystander_amount_minor_total{{{MODEL}, live="{live}", would_be!="{would_be}"}}[$__range])'
        for live, would_be in SAME
    ]
    return f"sum by (model, version, live, would_be, currency) ({' or '.join(cells)}) > 0"


def dead_letter_share(by):
    failed = f'sum{by}(rate(bystander_records_total{{{STREAM}, result="dead_letter"}}[{RATE}]))'
    return f"{failed} / sum{by}(rate(bystander_records_total{{{STREAM}}}[{RATE}]))"


BOARD = Board(
    "overview",
    "Overview",
    "Is Bystander running, do its decisions agree with the shop's, and what money is at stake.",
    variables=["stream", "model", "version"],
)

BOARD.row(
    "Now",
    Stat("Instances", "Instances of `bystander run` that answer.", "short",
         f"count(bystander_build_info{{{SCOPE}}}) or vector(0)", steps=[(None, BAD), (1, GOOD)]),
    Stat("Live cluster", "Whether every client on the live cluster has sent nothing but reads.", "short",
         f"min(bystander_isolation_ok{{{SCOPE}}})", steps=[(None, BAD), (1, GOOD)])
    .mapped({1: ("reads only", GOOD), 0: ("BROKEN", BAD)}),
    Stat("Events read", "Records read from all input topics, whatever became of them.", "cps",
         f"sum(rate(bystander_records_total{{{STREAM}}}[{RATE}]))", decimals=1),
    Stat("Lag", "Offsets that wait in the input partitions.", "short",
         f"sum(max by (topic, partition) (bystander_lag_records{{{SCOPE}}}))", steps=[(None, GOOD), (1000, WATCH), (10000, BAD)]),
    Stat("Event age", "Age that 95 % of the events don't exceed when they are scored.", "s",
         f"histogram_quantile(0.95, sum by (le) (rate(bystander_event_age_seconds_bucket{{{STREAM}}}[{RATE}])))",
         steps=[(None, GOOD), (30, WATCH), (300, BAD)]),
    Stat("Dead letters", "Share of the records that became dead letters.", "percentunit",
         dead_letter_share(" "), steps=[(None, GOOD), (0.01, WATCH), (0.05, BAD)], decimals=2),
    height=4,
)

BOARD.row(
    "Agreement and decisions",
    Lines("Agreement", "Share of comparisons in which the model decides as the shop did; events that carry no live "
          "decision are left out.", "percentunit",
          [("{{model}}/{{version}} on {{stream}}", agreement(MODEL))], most=1),
    Stack("Orders: would-be decisions", "What the models would have decided; each order counts once for each model.", "cps",
          [("{{would_be}}", f'sum by (would_be) (rate(bystander_comparisons_total{{{MODEL}, {ORDERS}}}[{RATE}]))')])
    .coloured(DECISIONS),
    Stack("Orders: live decisions", "What the shop really did; `none` where an event carries no decision. Each order counts "
          "once, however many models score it.", "cps",
          [("{{live}}", "sum by (live) (avg by (stream, live) (sum by (stream, model, version, live) "
            f"(rate(bystander_comparisons_total{{{MODEL}, {ORDERS}}}[{RATE}]))))")])
    .coloured(DECISIONS),
)

BOARD.row(
    "Confusion and money at stake",
    Matrix("Orders: live decision by would-be decision", "Comparisons within the time range shown; rows are what the shop "
           "did, columns what the models would have done. Choose one model and version to read it.", "short",
           f'sum by (live, would_be) (increase(bystander_comparisons_total{{{MODEL}, would_be=~"accept|review|reject"}}[$__range]))',
           down="live", across="would_be", decimals=0),
    Lines("Disagreements that matter", "Orders that the shop took and the model would have refused, and the other way round.",
          "cps", [
              ("taken, {{model}}/{{version}} refuses",
               f'sum by (model, version) (rate(bystander_comparisons_total{{{MODEL}, live="accept", would_be="reject"}}[{RATE}]))'),
              ("refused, {{model}}/{{version}} takes",
               f'sum by (model, version) (rate(bystander_comparisons_total{{{MODEL}, live="reject", would_be="accept"}}[{RATE}]))'),
          ]),
    Table("Money at stake", "Amounts of the events on which model and shop disagree (an order's total, a price served), in "
          "minor units of each currency, within the time range shown. Currencies are never added up.", "short", at_stake(),
          decimals=0, renamed={"Value": "minor units"}),
)

BOARD.row(
    "Drift",
    Lines("Score drift", "Population stability index of the scores against training: above 0.1 watch, above 0.25 shifted.",
          "short", [("{{model}}/{{version}}",
                     f'max by (model, version) (bystander_drift_psi{{{MODEL}, feature="score"}})')],
          steps=[(None, GOOD), (0.1, WATCH), (0.25, BAD)]),
    Lines("The ten features that drift most", "Population stability index against training.", "short",
          [("{{feature}} ({{model}}/{{version}})",
            f'topk(10, max by (model, version, feature) (bystander_drift_psi{{{MODEL}, feature!="score"}}))')]),
)

BOARD.row(
    "Work",
    Stack("Records by result", "What became of the records.", "cps",
          [("{{result}}", f"sum by (result) (rate(bystander_records_total{{{STREAM}}}[{RATE}]))")])
    .coloured({"scored": GOOD, "skipped": "blue", "dead_letter": BAD}),
    Lines("Lag by topic", "Offsets that wait in the input partitions.", "short",
          [("{{topic}}", f"sum by (topic) (max by (topic, partition) (bystander_lag_records{{{SCOPE}}}))")]),
    Heat("Age of events", "Age of events when they were scored; the colour says how many.", "s",
         f"sum by (le) (rate(bystander_event_age_seconds_bucket{{{STREAM}}}[{RATE}]))"),
)

BOARD.row(
    "Models",
    Table("Models that score", "The versions that score each stream now, with the SHA-256 of the model file.", "string",
          f"group by (stream, model, version, alias, sha256) (bystander_model_info{{{MODEL}}})", hidden=["Value"]),
    height=6,
)
