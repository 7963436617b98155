"""Writes the dashboards: `python3 deploy/grafana/generate [FOLDER]`, deploy/grafana/dashboards without one.

Needs nothing but Python 3.8. The same source gives the same bytes: keys are sorted, ids are counted.
"""

import json
import pathlib
import sys

import model
import operations
import overview
import pricing
import report

BOARDS = [overview.BOARD, model.BOARD, pricing.BOARD, operations.BOARD, report.BOARD]


def main():
    beside = pathlib.Path(__file__).resolve().parent.parent / "dashboards"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    folder.mkdir(parents=True, exist_ok=True)
    for board in BOARDS:
        text = json.dumps(board.json(), indent=2, sort_keys=True, ensure_ascii=False)
        (folder / f"{board.name}.json").write_text(text + "\n", encoding="utf-8")


main()
