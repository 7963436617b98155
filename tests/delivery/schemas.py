"""Records against a JSON Schema, with the reference implementation of another language.

    schemas.py SCHEMA < records.jsonl

Prints as JSON how many records there were, what is wrong with each that doesn't fit, and which properties no record has.
Published schemas are open, because later versions may add properties. Here an object that names its properties may have
no others: what is written and not described is a fault, too.
"""

import json
import sys

from jsonschema import Draft202012Validator


def closed(schema):
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        shut.setdefault("additionalProperties", False)
    return shut


def paths(schema, root, at=""):
    """All properties that the schema names, with the place of each in a record."""
    if "$ref" in schema:
        yield from paths(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
    for one in schema.get("anyOf", []):
        yield from paths(one, root, at)
    for name, inner in schema.get("properties", {}).items():
        yield f"{at}/{name}"
        yield from paths(inner, root, f"{at}/{name}")
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from paths(inner, root, f"{at}/*")


def met(value, at=""):
    """All places of a record, with `*` for an entry of a list."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{at}/{name}"
            yield from met(inner, f"{at}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from met(inner, f"{at}/*")


schema = json.load(open(sys.argv[1], encoding="utf-8"))
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(closed(schema))
records, faults, seen = 0, [], set()
for line in sys.stdin:
    record = json.loads(line)
    records += 1
    seen.update(met(record))
    faults.extend(f"{error.json_path}: {error.message}" for error in validator.iter_errors(record))
unmet = [path for path in dict.fromkeys(paths(schema, schema)) if path not in seen]
json.dump({"records": records, "faults": faults, "unmet": unmet}, sys.stdout)
