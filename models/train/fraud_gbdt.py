"""fraud/1: gradient-boosted trees by LightGBM on one float32 matrix."""

from collections import Counter
from collections.abc import Iterator

import lightgbm
import numpy as np
import onnx
import onnxmltools
from onnxmltools.convert.common.data_types import FloatTensorType

import onnx_tools
from contract import NUMBERS, Feature, Inputs, pointer
from events import Event

MATRIX = "features"
OUTPUT = {"name": "probabilities", "column": 1}
SEED = 17


def inputs(events: list[Event]) -> Inputs:
    """The columns; vocabularies by falling frequency in `events`, which are those trained on."""

    def number(name: str, field: str, missing: str = "reject") -> Feature:
        return Feature(name, "number", field, missing=missing)

    def amount(name: str, field: str, missing: str = "reject") -> Feature:
        return Feature(name, "amount", field, missing=missing)

    def category(name: str, field: str, missing: str = "reject") -> Feature:
        return Feature(name, "category", field, missing=missing, vocabulary=_vocabulary(events, field))

    columns = [
        amount("total_amount", "/total_amount"),
        amount("subtotal_amount", "/subtotal_amount"),
        amount("shipping_amount", "/shipping_amount"),
        amount("discount_amount", "/discount_amount", missing="nan"),
        category("currency", "/currency"),
        category("payment_method", "/payment/method"),
        category("card_country", "/payment/card_country", missing="nan"),
        category("avs_result", "/payment/avs_result", missing="nan"),
        category("cvv_result", "/payment/cvv_result", missing="nan"),
        category("ip_country", "/ip_country", missing="nan"),
        category("billing_country", "/billing_address/country_code"),
        category("shipping_country", "/shipping_address/country_code", missing="nan"),
        Feature("account_age_seconds", "seconds_between", start="/customer_created_at", end="/created_at"),
        Feature("hour_of_day", "hour_of_day", "/created_at", missing="reject"),
        Feature("day_of_week", "day_of_week", "/created_at", missing="reject"),
        Feature("line_count", "length", "/line_items", missing="reject"),
    ]
    for index, place in enumerate(("first", "second", "third")):
        missing = "reject" if index == 0 else "nan"
        columns += [
            category(f"{place}_category", f"/line_items/{index}/category", missing),
            number(f"{place}_quantity", f"/line_items/{index}/quantity", missing),
            amount(f"{place}_unit_price_amount", f"/line_items/{index}/unit_price_amount", missing),
        ]
    # Any device id counts as known; only its absence says something.
    known = Feature("device_known", "category", "/device_id", missing=0.0, vocabulary=("none",), unknown=1.0)
    return Inputs((*columns, known), MATRIX)


def train(features: np.ndarray, labels: np.ndarray) -> lightgbm.Booster:
    """A booster that the same machine trains again to the bit."""
    parameters = {
        "objective": "binary",
        "num_leaves": 31,
        "learning_rate": 0.035,
        "min_data_in_leaf": 80,
        "lambda_l2": 5.0,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": SEED,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        # Rare missing values must be seen when bins are made: they decide a split's missing mode.
        "bin_construct_sample_cnt": len(features),
        "verbosity": -1,
    }
    return lightgbm.train(parameters, lightgbm.Dataset(features, labels), num_boost_round=250)


def export(booster: lightgbm.Booster, columns: Inputs) -> onnx.ModelProto:
    """One TreeEnsembleClassifier and nothing else."""
    _check_missing_modes(booster, columns)
    shape = [(MATRIX, FloatTensorType([None, len(columns.features)]))]
    model = onnxmltools.convert_lightgbm(_with_float32_thresholds(booster), initial_types=shape, zipmap=False)
    (trees,) = [node for node in model.graph.node if node.op_type == "TreeEnsembleClassifier"]
    onnx_tools.keep_only_output(model.graph, trees.output[1], OUTPUT["name"])
    onnx_tools.dynamic_batch(model.graph)
    return model


def thresholds(booster: lightgbm.Booster, columns: Inputs) -> dict[str, list[float]]:
    """The split points of each number and duration, most used first."""
    sources = (*NUMBERS, "seconds_between")
    found: dict[str, Counter[float]] = {f.name: Counter() for f in columns.features if f.source in sources}
    for feature, threshold, _ in _splits(booster):
        name = columns.features[feature].name
        if name in found and abs(threshold) < 1e30:
            found[name][threshold] += 1
    return {name: [value for value, _ in counts.most_common()] for name, counts in found.items()}


def _with_float32_thresholds(booster: lightgbm.Booster) -> lightgbm.Booster:
    """The same trees with every threshold floored to a float32, which the exporter's rounding keeps."""
    lines = []
    for line in booster.model_to_string().splitlines():
        key, _, values = line.partition("=")
        if key == "threshold":
            floored = (onnx_tools.floor_to_float32(float(value)) for value in values.split())
            line = "threshold=" + " ".join(repr(value) for value in floored)
        # The sizes of the trees' texts have changed; without them they are read one after the other.
        if key != "tree_sizes":
            lines.append(line)
    return lightgbm.Booster(model_str="\n".join(lines) + "\n")


def _check_missing_modes(booster: lightgbm.Booster, columns: Inputs) -> None:
    """Every column that can be NaN must have been NaN in training: only then does LightGBM send NaN
    along a split's default side, as ONNX does. Otherwise it would take NaN for 0."""
    for feature, _, missing_type in _splits(booster):
        column = columns.features[feature]
        wanted = "NaN" if column.missing == "nan" else "None"
        assert missing_type == wanted, f"{column.name} splits with missing mode {missing_type}"


def _splits(booster: lightgbm.Booster) -> Iterator[tuple[int, float, str]]:
    """Feature, threshold and missing mode of every split."""
    waiting = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    while waiting:
        node = waiting.pop()
        if "split_feature" in node:
            yield node["split_feature"], node["threshold"], node["missing_type"]
            waiting += [node["left_child"], node["right_child"]]


def _vocabulary(events: list[Event], field: str) -> tuple[str, ...]:
    counts = Counter(pointer(event, field) for event in events)
    return tuple(value for value, _ in sorted(counts.items(), key=lambda c: (-c[1], str(c[0]))) if value)
