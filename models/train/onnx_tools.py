"""What exporters get wrong, put right; and a look at the result before it ships."""

from collections.abc import Iterator

import numpy as np
import onnx
import onnxruntime
from onnx import AttributeProto, GraphProto, ModelProto

from events import Event
from version import Version

ALLOWED_DOMAINS = {"", "ai.onnx", "ai.onnx.ml"}


def attributes(model: ModelProto, name: str) -> Iterator[AttributeProto]:
    """All attributes of this name in the graph."""
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == name:
                yield attribute


def sort_opsets(model: ModelProto) -> None:
    """Exporters list the operator sets in the order of a hash, so the same training gave one of two files."""
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)


def floor_to_float32(threshold: float) -> float:
    """The largest float32 that is not above the threshold.

    For float32 inputs `x <= threshold` holds exactly where `x <= floor_to_float32(threshold)` does; the
    nearest float32, which exporters write, may lie above the threshold and let a neighbour through.
    """
    with np.errstate(over="ignore"):  # "everything but missing goes left" is a threshold of 1.8e308
        rounded = np.float32(threshold)
    return float(rounded if float(rounded) <= threshold else np.nextafter(rounded, np.float32(-np.inf)))


def keep_only_output(graph: GraphProto, source: str, name: str) -> None:
    """Makes the tensor `source` the graph's only output, called `name`, and drops what it doesn't need."""
    kept = [output for output in graph.output if output.name == name]
    needed, nodes = {source}, []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            node.output[:] = [name if output == source else output for output in node.output]
            nodes.insert(0, node)
    initializers = [tensor for tensor in graph.initializer if tensor.name in needed]
    del graph.node[:], graph.output[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(initializers)
    graph.output.extend(kept)


def dynamic_batch(graph: GraphProto) -> None:
    """Leaves the first dimension of every input and output open, under one name."""
    for value in [*graph.input, *graph.output]:
        value.type.tensor_type.shape.dim[0].Clear()
        value.type.tensor_type.shape.dim[0].dim_param = "rows"


def session(model: bytes) -> onnxruntime.InferenceSession:
    """A session with one thread, as the service runs it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 2
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def onnx_score(version: Version, events: list[Event]) -> np.ndarray:
    """ONNX Runtime's scores, as float64."""
    runtime = session(version.model.SerializeToString())
    return read_output(runtime, version.output, version.inputs.feed(events))


def read_output(
    runtime: onnxruntime.InferenceSession, output: dict[str, object], feed: dict[str, np.ndarray]
) -> np.ndarray:
    """The score column of the contract's `[output]` table."""
    (result,) = runtime.run([output["name"]], feed)
    result = result.reshape(len(result), -1)
    return result[:, output.get("column", 0)].astype(np.float64)


def check(version: Version) -> None:
    """Stops where the graph is not what the service accepts."""
    onnx.checker.check_model(version.model, full_check=True)
    graph = version.model.graph
    domains = {node.domain for node in graph.node} | {opset.domain for opset in version.model.opset_import}
    assert domains <= ALLOWED_DOMAINS, f"custom operator domains: {domains - ALLOWED_DOMAINS}"
    assert all(node.op_type != "ZipMap" for node in graph.node), "ZipMap: export with zipmap=False"
    assert [output.name for output in graph.output] == [version.output["name"]], "only the score may leave"
    assert not any(tensor.external_data for tensor in graph.initializer), "external data"
    wanted = [version.inputs.matrix] if version.inputs.matrix else [f.name for f in version.inputs.features]
    assert [value.name for value in graph.input] == wanted, "the contract's inputs are not the graph's"
