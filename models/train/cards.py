"""Model cards: what a version is, how good it is, and where it must not be trusted."""

import hashlib
from pathlib import Path

SIMULATED = (
    "Everything here was learned from this project's storefront simulator, a world of simple rules. The figures "
    "say that the pipeline from events to scores works; they say nothing about a real shop. Train on your own "
    "events before you look at a decision."
)


def table(rows: dict[str, float | str]) -> str:
    """A Markdown table of names and values."""
    lines = ["| | |", "|---|---|"]
    for name, value in rows.items():
        lines.append(f"| {name} | {_text(value)} |")
    return "\n".join(lines)


def write(folder: Path, title: str, sections: dict[str, str], command: str) -> None:
    """Writes the card into a version folder that holds model.onnx already."""
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    size = (folder / "model.onnx").stat().st_size
    parts = [f"# {title}", f"> {SIMULATED}"]
    parts += [f"## {name}\n\n{text}" for name, text in sections.items()]
    parts.append(f"## Regenerate\n\n```sh\n{command}\n```\n\nSee [models/train](../../train/README.md).")
    parts.append(f"`model.onnx`: {size} bytes, sha256 `{digest}`")
    (folder / "README.md").write_text("\n\n".join(parts) + "\n")


def _text(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
