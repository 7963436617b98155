"""Reads YAML documents from standard input, writes them as JSON. With `--kubernetes VERSION` each must be valid for that
version's API, with no key that it doesn't know; kinds that it has no schema for are listed on standard error."""

import json
import sys

import kubernetes_validate
import yaml

documents = [document for document in yaml.safe_load_all(sys.stdin) if document]
if sys.argv[1:2] == ["--kubernetes"]:
    for document in documents:
        try:
            kubernetes_validate.validate(document, sys.argv[2], strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            print(f"no schema: {document['kind']}", file=sys.stderr)
        except kubernetes_validate.ValidationError as error:
            name = document["metadata"]["name"]
            sys.exit(f"{document['kind']} {name}: {'.'.join(map(str, error.path))}: {error.message}")
json.dump(documents, sys.stdout)
