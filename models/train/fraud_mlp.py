"""fraud/2: a scikit-learn pipeline, text columns one-hot and numbers scaled, into a small neural network.

Exported with one tensor per column, so that the whole preprocessing is in the graph.
"""

import warnings

import numpy as np
import onnx
import pandas
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, PowerTransformer, StandardScaler

import onnx_tools
from contract import Feature, Inputs
from events import Event

OUTPUT = {"name": "probabilities", "column": 1}
SEED = 23
TENSORS = {"float32": FloatTensorType, "int64": Int64TensorType, "string": StringTensorType}

TEXTS = {
    "currency": "/currency",
    "payment_method": "/payment/method",
    "card_country": "/payment/card_country",
    "avs_result": "/payment/avs_result",
    "cvv_result": "/payment/cvv_result",
    "ip_country": "/ip_country",
    "billing_country": "/billing_address/country_code",
    "shipping_country": "/shipping_address/country_code",
    "first_category": "/line_items/0/category",
}
AMOUNTS = {
    "total_amount": "/total_amount",
    "discount_amount": "/discount_amount",
    "first_unit_price_amount": "/line_items/0/unit_price_amount",
}


def inputs() -> Inputs:
    """The columns, each with its tensor's type."""
    columns = [Feature(name, "string", field, missing="absent", dtype="string") for name, field in TEXTS.items()]
    columns += [Feature(name, "amount", field, missing="nan", dtype="float32") for name, field in AMOUNTS.items()]
    age = Feature(
        "account_age_seconds", "seconds_between", start="/customer_created_at", end="/created_at", dtype="float32"
    )
    quantity = Feature("first_quantity", "number", "/line_items/0/quantity", missing=1.0, dtype="int64")
    lines = Feature("line_count", "length", "/line_items", missing=0.0, dtype="int64")
    hour = Feature("hour_of_day", "hour_of_day", "/created_at", missing="reject", dtype="int64")
    return Inputs((*columns, age, quantity, lines, hour), None)


def frame(columns: Inputs, events: list[Event]) -> pandas.DataFrame:
    """The columns as scikit-learn takes them."""
    data = columns.columns_of(events)
    return pandas.DataFrame({name: pandas.Series(column, dtype=column.dtype) for name, column in data.items()})


def train(data: pandas.DataFrame, labels: np.ndarray) -> Pipeline:
    """The fitted pipeline."""
    numbers = Pipeline(
        [
            ("fill", SimpleImputer(strategy="median")),
            # Amounts and ages span many powers of ten.
            ("unskew", PowerTransformer(method="yeo-johnson", standardize=False)),
            ("scale", StandardScaler()),
        ]
    )
    columns = ColumnTransformer(
        [
            ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), list(TEXTS)),
            ("numbers", numbers, [*AMOUNTS, "account_age_seconds"]),
            ("counts", StandardScaler(), ["first_quantity", "line_count"]),
            ("hours", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["hour_of_day"]),
        ]
    )
    network = MLPClassifier(
        hidden_layer_sizes=(32, 16),
        alpha=1e-3,
        batch_size=512,
        learning_rate_init=2e-3,
        max_iter=14,
        random_state=SEED,
    )
    with warnings.catch_warnings():
        # It stops after a fixed number of rounds on purpose.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return Pipeline([("columns", columns), ("network", network)]).fit(data, labels)


def export(pipeline: Pipeline, columns: Inputs) -> onnx.ModelProto:
    """The pipeline as one graph whose only output is the probabilities."""
    shapes = [(feature.name, TENSORS[feature.dtype]([None, 1])) for feature in columns.features]
    options = {id(pipeline): {"zipmap": False}}
    model = convert_sklearn(pipeline, "fraud", shapes, options=options, target_opset={"": 18, "ai.onnx.ml": 3})
    onnx_tools.keep_only_output(model.graph, "probabilities", OUTPUT["name"])
    onnx_tools.dynamic_batch(model.graph)
    return model
