"""Pricing: how would-be prices differ from those served, and which guardrails moved them."""

from board import MODEL, Board
from overview import RATE, agreement
from panels import BAD, DECISIONS, GOOD, Heat, Lines, Stack, Stat, Table

# Other kinds that decide numbers have the same words, beside another one for what live decided.
PRICED = 'live="served", would_be=~"lower|same|higher"'


def share(would_be):
    part = f'sum(rate(bystander_comparisons_total{{{MODEL}, live="served", would_be="{would_be}"}}[{RATE}]))'
    return f"{part} / sum(rate(bystander_comparisons_total{{{MODEL}, {PRICED}}}[{RATE}]))"


BOARD = Board(
    "pricing",
    "Pricing",
    "Would-be prices beside those served, and the guardrails that held them.",
    variables=["stream", "model", "version"],
)

BOARD.row(
    "Now",
    Stat("Quotes priced", "Comparisons of prices.", "cps",
         f'sum(rate(bystander_comparisons_total{{{MODEL}, live=~"served|none", would_be=~"lower|same|higher|priced"}}[{RATE}]))', decimals=1),
    Stat("Would be lower", "Share of the quotes for which the model would have asked less.", "percentunit", share("lower"),
         decimals=1),
    Stat("Would be the same", "Share of the quotes within the tolerance of the price served.", "percentunit", share("same"),
         decimals=1),
    Stat("Would be higher", "Share of the quotes for which the model would have asked more.", "percentunit", share("higher"),
         decimals=1),
    # The sum falls with negative changes, so it is no counter: `rate` would take every fall for a restart.
    Stat("Mean change", "Mean of (would-be − served) ÷ served.", "percentunit",
         f"sum(delta(bystander_price_change_ratio_sum{{{MODEL}}}[{RATE}])) / sum(increase(bystander_price_change_ratio_count{{{MODEL}}}[{RATE}]))",
         decimals=2),
    height=4,
)

BOARD.row(
    "Changes",
    Heat("Price changes", "(would-be − served) ÷ served; the colour says how many.", "percentunit",
         f"sum by (le) (rate(bystander_price_change_ratio_bucket{{{MODEL}}}[{RATE}]))"),
    Lines("Quantiles of the change", "A tenth of the quotes changes by less than p10, a tenth by more than p90.", "percentunit", [
        (f"{{{{model}}}}/{{{{version}}}} {name}",
         f"histogram_quantile({quantile}, sum by (model, version, le) (rate(bystander_price_change_ratio_bucket{{{MODEL}}}[{RATE}])))")
        for name, quantile in [("p10", 0.1), ("p50", 0.5), ("p90", 0.9)]
    ]),
    Stack("Would-be against served", "Quotes by the direction of the change.", "cps",
          [("{{would_be}}", f"sum by (would_be) (rate(bystander_comparisons_total{{{MODEL}, {PRICED}}}[{RATE}]))")])
    .coloured(DECISIONS),
)

BOARD.row(
    "Guardrails",
    Stack("Prices that a guardrail moved", "Would-be prices by the rule that moved them; one price may meet several.", "cps",
          [("{{rule}}", f"sum by (rule) (rate(bystander_guardrail_hits_total{{{MODEL}}}[{RATE}]))")]),
    Lines("Share that each rule moves", "Hits of a rule per price. A rule that moves most prices is the model's real author.",
          "percentunit",
          [("{{rule}}",
            f"sum by (rule) (rate(bystander_guardrail_hits_total{{{MODEL}}}[{RATE}])) / ignoring (rule) group_left "
            f"sum(rate(bystander_price_change_ratio_count{{{MODEL}}}[{RATE}]))")], least=0),
    Table("Hits within the time range", "Would-be prices that each rule moved.", "short",
          f"sum by (model, version, rule) (increase(bystander_guardrail_hits_total{{{MODEL}}}[$__range]))", decimals=0,
          renamed={"Value": "prices"}),
)

BOARD.row(
    "Agreement",
    Lines("Agreement with the price served", "Share of the quotes within the tolerance of the price served.", "percentunit",
          [("{{model}}/{{version}} on {{stream}}", agreement(f"{MODEL}, {PRICED}"))], most=1),
    Lines("Drift of prices' features", "Population stability index against training: above 0.1 watch, above 0.25 shifted.",
          "short", [("{{feature}} ({{model}}/{{version}})",
                     f'topk(10, max by (model, version, feature) (bystander_drift_psi{{{MODEL}}}))')],
          steps=[(None, GOOD), (0.25, BAD)]),
)
