"""Writes contract.toml."""

import json
from pathlib import Path
from typing import Any

from contract import Feature, Inputs


def write(
    path: Path,
    kind: str,
    description: str,
    inputs: Inputs,
    output: dict[str, Any],
    decision: dict[str, dict[str, Any]],
    tolerance: float,
    reference: dict[str, dict[str, Any]],
) -> None:
    """Writes a contract; `decision` is its `[policy]` or `[price]` table, `reference` its distributions."""
    parts = [f"schema = 1\nkind = {_value(kind)}\ndescription = {_value(description)}\n"]
    if inputs.matrix is None:
        parts.append(_table("[input]", {"layout": "columns"}))
    else:
        parts.append(_table("[input]", {"layout": "matrix", "name": inputs.matrix, "type": "float32"}))
    parts.extend(_table("[[features]]", _feature(feature)) for feature in inputs.features)
    parts.append(_table("[output]", output))
    parts.extend(_table(f"[{name}]", values) for name, values in decision.items())
    parts.append(_table("[golden]", {"tolerance": tolerance}))
    parts.extend(_table(f"[reference.{name}]", values) for name, values in reference.items())
    path.write_text("\n".join(parts))


def _feature(feature: Feature) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": feature.name, "source": feature.source}
    if feature.source == "seconds_between":
        entry |= {"from": feature.start, "to": feature.end}
    else:
        entry["field"] = feature.field
    entry["missing"] = feature.missing
    if feature.dtype:
        entry["type"] = feature.dtype
    if feature.source == "category":
        entry |= {"vocabulary": list(feature.vocabulary), "unknown": feature.unknown}
    return entry


def _table(header: str, values: dict[str, Any]) -> str:
    return header + "\n" + "".join(f"{key} = {_value(value)}\n" for key, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(element) for element in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value)
