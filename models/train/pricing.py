"""pricing/1: the price of largest expected margin, as a ratio to the list price.

First a demand model is fitted to what was bought at which price; then each training quote's best ratio
is looked up on a grid; then XGBoost learns that ratio from what is known before a price is served.
"""

from collections.abc import Sequence

import numpy as np
import onnx
import onnxmltools
import xgboost
from onnx import TensorProto, helper
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

import onnx_tools
from contract import NUMBERS, Feature, Inputs
from events import Event

MATRIX = "features"
OUTPUT = {"name": "ratio"}
SEED = 29
CATEGORIES = ("electronics", "fashion", "beauty", "home", "toys", "grocery", "accessories")
CHANNELS = ("web", "app", "marketplace")
SEGMENTS = ("new", "returning", "loyal", "business")
CURRENCIES = ("EUR", "USD", "GBP", "JPY")
COMPETITORS = 4
GRID = np.round(np.arange(0.55, 1.1201, 0.01), 2)
LEAST_MARGIN = 1.03  # of the price on the cost

# Columns of the matrix. Amounts first: the graph divides the others of them by the list price.
LIST_PRICE, AMOUNTS = 0, 2 + COMPETITORS


def inputs() -> Inputs:
    """The columns. The served price is not among them: it is what the model replaces."""

    def number(name: str, field: str, missing: str = "nan") -> Feature:
        return Feature(name, "number", field, missing=missing)

    def amount(name: str, field: str, missing: str = "nan") -> Feature:
        return Feature(name, "amount", field, missing=missing)

    def category(name: str, vocabulary: tuple[str, ...], missing: str = "reject") -> Feature:
        return Feature(name, "category", f"/{name}", missing=missing, vocabulary=vocabulary)

    return Inputs(
        (
            amount("list_price_amount", "/list_price_amount", missing="reject"),
            amount("cost_amount", "/cost_amount", missing="reject"),
            *(amount(f"competitor_{i + 1}_amount", f"/competitor_price_amounts/{i}") for i in range(COMPETITORS)),
            number("stock", "/stock"),
            number("quantity", "/quantity", missing="reject"),
            category("category", CATEGORIES),
            category("channel", CHANNELS),
            category("customer_segment", SEGMENTS, missing="nan"),
            category("currency", CURRENCIES),
            Feature("hour_of_day", "hour_of_day", "/quoted_at", missing="reject"),
        ),
        MATRIX,
    )


def prepare(matrix: np.ndarray) -> np.ndarray:
    """What the trees see: amounts as shares of the list price. The graph computes the same."""
    shares = matrix[:, 1:AMOUNTS] / matrix[:, LIST_PRICE : LIST_PRICE + 1]
    return np.concatenate([shares, matrix[:, AMOUNTS:]], axis=1)


class Demand:
    """P(purchase | ratio, quote): a logit whose slope and level depend on category, segment and channel."""

    def __init__(self, events: Sequence[Event], bought: np.ndarray) -> None:
        ratios = np.array([event["price_amount"] / event["list_price_amount"] for event in events])
        self._model = LogisticRegression(C=20.0, max_iter=400).fit(self._design(events, ratios), bought)

    def chance(self, events: Sequence[Event], ratios: np.ndarray) -> np.ndarray:
        """The chance of a purchase of each quote at its ratio to the list price."""
        return self._model.predict_proba(self._design(events, ratios))[:, 1]

    @staticmethod
    def _design(events: Sequence[Event], ratios: np.ndarray) -> np.ndarray:
        groups = np.array([_group(event) for event in events])
        market = np.array([_market(event) for event in events])
        known = (market > 0).astype(float)[:, None]
        log_market = np.log(np.where(market > 0, market, 1.0))[:, None]
        log_ratio = np.log(ratios)[:, None]
        return np.concatenate([groups, known, groups * log_ratio, groups * log_market], axis=1)


def best_ratios(demand: Demand, events: Sequence[Event]) -> np.ndarray:
    """The ratio on the grid with the largest expected margin, never below cost and a little."""
    costs = np.array([event["cost_amount"] / event["list_price_amount"] for event in events])
    margins = np.stack(
        [demand.chance(events, np.full(len(events), ratio)) * (ratio - costs) for ratio in GRID], axis=1
    )
    margins[GRID[None, :] < costs[:, None] * LEAST_MARGIN] = -np.inf
    # Where every ratio of the grid is too close to the cost, the highest is the least bad.
    impossible = ~np.isfinite(margins).any(axis=1)
    best = GRID[margins.argmax(axis=1)]
    best[impossible] = GRID[-1]
    return best


def train(prepared: np.ndarray, ratios: np.ndarray) -> xgboost.XGBRegressor:
    """Trees that know the best ratio from what a quote tells."""
    model = xgboost.XGBRegressor(
        n_estimators=220,
        max_depth=6,
        learning_rate=0.08,
        min_child_weight=20,
        subsample=0.8,
        colsample_bytree=0.8,
        tree_method="hist",
        n_jobs=1,
        random_state=SEED,
    )
    return model.fit(prepared, ratios)


def export(model: xgboost.XGBRegressor, columns: Inputs) -> onnx.ModelProto:
    """The division by the list price, and the trees, in one graph."""
    width = len(columns.features)
    prepared = [("prepared", FloatTensorType([None, width - 1]))]
    trees = onnxmltools.convert_xgboost(model, initial_types=prepared, target_opset=15)
    graph = trees.graph
    onnx_tools.keep_only_output(graph, graph.output[0].name, graph.output[0].name)
    _rename_output(graph, OUTPUT["name"])
    divisions = [
        helper.make_node("Slice", [MATRIX, "list_from", "list_to", "axis"], ["list_price"]),
        helper.make_node("Slice", [MATRIX, "amounts_from", "amounts_to", "axis"], ["amounts"]),
        helper.make_node("Slice", [MATRIX, "amounts_to", "end", "axis"], ["others"]),
        helper.make_node("Div", ["amounts", "list_price"], ["shares"]),
        helper.make_node("Concat", ["shares", "others"], ["prepared"], axis=1),
    ]
    nodes = [*divisions, *graph.node]
    del graph.node[:], graph.input[:]
    graph.node.extend(nodes)
    graph.input.append(helper.make_tensor_value_info(MATRIX, TensorProto.FLOAT, [None, width]))
    bounds = {"list_from": 0, "list_to": 1, "amounts_from": 1, "amounts_to": AMOUNTS, "end": width, "axis": 1}
    graph.initializer.extend(
        helper.make_tensor(name, TensorProto.INT64, [1], [value]) for name, value in bounds.items()
    )
    onnx_tools.dynamic_batch(graph)
    domains = {"": 15, "ai.onnx.ml": 3}
    del trees.opset_import[:]
    trees.opset_import.extend(helper.make_opsetid(domain, version) for domain, version in domains.items())
    trees.ir_version = 8
    return trees


def thresholds(model: xgboost.XGBRegressor, columns: Inputs) -> dict[str, list[float]]:
    """Split points of the number columns that the graph hands on as they are."""
    table = model.get_booster().trees_to_dataframe()
    found = {}
    for index, feature in enumerate(columns.features[AMOUNTS:], start=AMOUNTS - 1):
        if feature.source in NUMBERS:
            splits = table[table["Feature"] == f"f{index}"]["Split"]
            found[feature.name] = [_last_left(value) for value in splits.value_counts().index]
    return found


def _last_left(split: float) -> float:
    """XGBoost goes left below the split, not on it: the last float32 on that side."""
    return float(np.nextafter(np.float32(split), np.float32(-np.inf)))


def _rename_output(graph: onnx.GraphProto, name: str) -> None:
    old = graph.output[0].name
    for node in graph.node:
        node.output[:] = [name if output == old else output for output in node.output]
    graph.output[0].name = name


def _group(event: Event) -> list[float]:
    values = [(event["category"], CATEGORIES), (event["channel"], CHANNELS), (event["customer_segment"], SEGMENTS)]
    return [1.0] + [float(value == one) for value, known in values for one in known]


def _market(event: Event) -> float:
    """The competitors' mean price as a share of the list price; 0 where none is known."""
    prices = event["competitor_price_amounts"]
    return sum(prices) / len(prices) / event["list_price_amount"] if prices else 0.0
