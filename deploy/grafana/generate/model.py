"""Model: scores, confusion, drift by feature, champion beside challenger."""

from board import MODEL, SCOPE, Board
from overview import RATE, agreement
from panels import BAD, DECISIONS, GOOD, WATCH, Bars, Heat, Lines, Matrix, Stack, Stat, Table

PAIR = "sum by (model, version)"
# Inference is timed for each model version, whatever stream it scores.
VERSION = SCOPE + ', model=~"$model", version=~"$version"'


def cells(live, would_be):
    return f'rate(bystander_comparisons_total{{{MODEL}, live="{live}", would_be="{would_be}"}}[{RATE}])'


BOARD = Board(
    "model",
    "Model",
    "What one model, or champion and challenger side by side, make of the shop's events.",
    variables=["stream", "model", "version"],
)

BOARD.row(
    "Versions",
    Table("Versions that score", "Aliases, versions and the SHA-256 of the model file.", "string",
          f"group by (stream, model, version, alias, sha256) (bystander_model_info{{{MODEL}}})", hidden=["Value"], share=3),
    Stat("Refused versions", "Model versions that the load gate refused within the time range shown.", "short",
         f'sum(increase(bystander_model_load_failures_total{{{SCOPE}}}[$__range]))',
         steps=[(None, GOOD), (1, BAD)], decimals=0),
    Stat("Changes of models", "Changes of aliases.toml that instances adopted within the time range shown.", "short",
         f'sum(increase(bystander_model_changes_total{{{SCOPE}, result="adopted"}}[$__range]))', decimals=0),
    Stat("Stood still for changes", "How long shards stood still to change models within the time range shown, all together; "
         "loading is done beside them.", "s",
         f'sum(increase(bystander_model_exchange_seconds_sum{{{SCOPE}}}[$__range]))', decimals=3),
    height=6,
)

BOARD.row(
    "Decisions",
    Lines("Agreement with the shop", "Share of comparisons in which the model decides as the shop did.", "percentunit",
          [("{{model}}/{{version}} on {{stream}}", agreement(MODEL))], most=1),
    Lines("Would refuse", "Share of the orders that the model would refuse; champion and challenger see the same orders.",
          "percentunit",
          [("{{model}}/{{version}}",
            f'{PAIR} (rate(bystander_comparisons_total{{{MODEL}, would_be="reject"}}[{RATE}])) / '
            f'{PAIR} (rate(bystander_comparisons_total{{{MODEL}, would_be=~"accept|review|reject"}}[{RATE}]))')]),
    Lines("Would send to review", "Share of the orders that the model would have a person look at.", "percentunit",
          [("{{model}}/{{version}}",
            f'{PAIR} (rate(bystander_comparisons_total{{{MODEL}, would_be="review"}}[{RATE}])) / '
            f'{PAIR} (rate(bystander_comparisons_total{{{MODEL}, would_be=~"accept|review|reject"}}[{RATE}]))')]),
)

BOARD.row(
    "Confusion",
    Matrix("Live decision by would-be decision", "Comparisons within the time range shown; rows are what the shop did, columns "
           "what the model would have done. Choose one version to read it.", "short",
           f'sum by (live, would_be) (increase(bystander_comparisons_total{{{MODEL}, would_be=~"accept|review|reject"}}[$__range]))',
           down="live", across="would_be", decimals=0),
    Lines("Taken, the model refuses", "Orders that the shop took and the model would have refused.", "cps",
          [("{{model}}/{{version}}", f"{PAIR} ({cells('accept', 'reject')})")]),
    Lines("Refused, the model takes", "Orders that the shop refused and the model would have taken.", "cps",
          [("{{model}}/{{version}}", f"{PAIR} ({cells('reject', 'accept')})")]),
    Stack("Would-be decisions", "What the model would have decided.", "cps",
          [("{{would_be}}", f'sum by (would_be) (rate(bystander_comparisons_total{{{MODEL}, would_be=~"accept|review|reject"}}[{RATE}]))')])
    .coloured(DECISIONS),
)

BOARD.row(
    "Scores",
    Heat("Scores", "Scores as the model gave them, before any threshold; the colour says how many.", "short",
         f"sum by (le) (rate(bystander_score_bucket{{{MODEL}}}[{RATE}]))"),
    Lines("Score quantiles", "Median, 95th and 99th percentile of the scores.", "short", [
        (f"{{{{model}}}}/{{{{version}}}} {name}",
         f"histogram_quantile({quantile}, sum by (model, version, le) (rate(bystander_score_bucket{{{MODEL}}}[{RATE}])))")
        for name, quantile in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)]
    ]),
    Lines("Mean score", "A champion and a challenger that are calibrated alike have about the same mean.", "short",
          [("{{model}}/{{version}}",
            f"{PAIR} (rate(bystander_score_sum{{{MODEL}}}[{RATE}])) / {PAIR} (rate(bystander_score_count{{{MODEL}}}[{RATE}]))")],
          decimals=3),
)

BOARD.row(
    "Drift by feature",
    Bars("Drift now", "Population stability index against training: above 0.1 watch, above 0.25 shifted. The score itself is "
         "among them.", "short",
         [("{{feature}} ({{model}}/{{version}})",
           f"sort_desc(max by (model, version, feature) (bystander_drift_psi{{{MODEL}}}))")],
         steps=[(None, GOOD), (0.1, WATCH), (0.25, BAD)], decimals=2, least=0),
    Lines("Drift over time", "The ten features that drift most.", "short",
          [("{{feature}} ({{model}}/{{version}})",
            f"topk(10, max by (model, version, feature) (bystander_drift_psi{{{MODEL}}}))")]),
    height=10,
)

BOARD.row(
    "Quality of features",
    Lines("Missing", "Share of the events in which a feature is missing; the ten that are missing most.", "percentunit",
          [("{{feature}} ({{model}}/{{version}})",
            f"topk(10, max by (model, version, feature) (bystander_feature_missing_ratio{{{MODEL}}}))")], least=0),
    Lines("Unseen", "Share of the events with a value that isn't in the model's vocabulary; the ten highest.", "percentunit",
          [("{{feature}} ({{model}}/{{version}})",
            f"topk(10, max by (model, version, feature) (bystander_feature_unseen_ratio{{{MODEL}}}))")], least=0),
)

BOARD.row(
    "Cost",
    Lines("Time inside the model", "Time per batch, whatever its size: median and 99th percentile.", "s", [
        (f"{{{{model}}}}/{{{{version}}}} {name}",
         f"histogram_quantile({quantile}, sum by (model, version, le) (rate(bystander_inference_seconds_bucket{{{VERSION}}}[{RATE}])))")
        for name, quantile in [("p50", 0.5), ("p99", 0.99)]
    ]),
    Lines("Cores spent in the model", "Seconds inside the model per second.", "short",
          [("{{model}}/{{version}}", f"{PAIR} (rate(bystander_inference_seconds_sum{{{VERSION}}}[{RATE}]))")], decimals=3),
)
