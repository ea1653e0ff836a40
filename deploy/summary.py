"""What a local run ends with: the table of its steps, and where its outputs are."""

from __future__ import annotations

import pathlib
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.files import write
from orchestrator.core.model import Pipeline
from steps.kit.contract import RunId
from steps.kit.results import Result, find_result
from steps.kit.storage import Storage

_STYLES = {"succeeded": "green", "failed": "red", "skipped": "yellow"}
_KILO = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step: what the orchestrator's log says of it and what it published."""

    step: str
    state: str
    attempts: int
    seconds: float | None
    rows: Mapping[str, int]
    size: int | None
    why: str


def rows(status: Mapping[str, Any], storage: Storage) -> list[Row]:
    """The rows of a run, from `nightjar status --json` and the manifests."""
    run = RunId.parse(status["run"])
    return [_row(name, step, find_result(storage, run, name)) for name, step in status["steps"].items()]


def render(found: list[Row], *, title: str) -> None:
    """Print the table; colours and width as the terminal has them."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, header_style="dim", padding=(0, 2, 0, 0)
    )
    for heading, side in (("step", "left"), ("state", "left"), ("attempts", "right"), ("seconds", "right")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]  # the literals are in the tuple
    table.add_column("bytes", justify="right")
    table.add_column("rows, or why not")
    for row in found:
        table.add_row(
            row.step,
            Text(row.state, style=_STYLES.get(row.state, "")),
            str(row.attempts),
            "" if row.seconds is None else f"{row.seconds:.1f}",
            "" if row.size is None else size(row.size),
            Text(row.why or ", ".join(f"{name} {count:,}" for name, count in row.rows.items())),
        )
    # Piped output is for programs and files: nothing is cut to a width there.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(table)


def size(count: int) -> str:
    """A number of bytes for people: 999 B, 61.9 kB."""
    if count < _KILO:
        return f"{count} B"
    value, unit = count / _KILO, "kB"
    for larger in ("MB", "GB", "TB"):
        if value < _KILO:
            break
        value, unit = value / _KILO, larger
    return f"{value:.1f} {unit}"


def export(pipeline: Pipeline, storage: Storage, run: RunId, folder: pathlib.Path) -> list[pathlib.Path]:
    """Copy the outputs that the pipeline file names out of the storage, for people to open; their paths."""
    paths: list[pathlib.Path] = []
    for step in pipeline.steps.values():
        result = find_result(storage, run, step.name)
        if result is None:
            continue
        for output in step.outputs:
            paths += _export(result, output.name, folder)
    return paths


def _row(name: str, step: Mapping[str, Any], result: Result | None) -> Row:
    return Row(
        step=name,
        state=step["state"],
        attempts=step["attempts"],
        seconds=step["seconds"],
        rows=result.rows if result is not None else {},
        why=step["why"] or "",
        size=None
        if result is None
        else sum(entry.bytes for manifest in result.manifests for entry in manifest.objects.values()),
    )


def _export(result: Result, name: str, folder: pathlib.Path) -> list[pathlib.Path]:
    """An output of several tasks gets a folder, one of a single task a file."""
    contents = result.read(name)
    target = folder / name
    places = [target] if len(contents) == 1 else [target / f"{index}" for index in range(len(contents))]
    if target.is_dir() and len(contents) == 1:
        shutil.rmtree(target)
    for place, content in zip(places, contents, strict=True):
        write(place, content)
    return places
