"""A figure of a bench: what was measured, what was aimed at, and what others reach."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from rich.console import Console
from rich.table import Table

_WIDTH = 180

type Failures = Mapping[type[Exception], int]
"""What a bench may fail by, as its own message says, and the exit code of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`value` is None where it could not be measured; `note` then says why. `better` is `lower` or `higher`.

    `spread` is the least and the most where the value is the median of several.
    """

    name: str
    value: float | None
    unit: str
    aim: float | None
    better: str = "lower"
    peers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    spread: tuple[float, float] | None = None

    @classmethod
    def of_several(
        cls,
        name: str,
        measured: Sequence[float],
        *,
        aim: float | None,
        unit: str = "s",
        peers: Mapping[str, str] | None = None,
        note: str = "",
    ) -> Self:
        """The median, with the least and the most."""
        spread = (min(measured), max(measured))
        value = statistics.median(measured)
        return cls(name=name, value=value, unit=unit, aim=aim, peers=peers or {}, note=note, spread=spread)

    @property
    def reached(self) -> bool | None:
        """Whether the aim is reached; None where there is nothing to compare."""
        if self.value is None or self.aim is None:
            return None
        return self.value <= self.aim if self.better == "lower" else self.value >= self.aim

    def as_json(self) -> dict[str, Any]:
        """The form for programs."""
        same = {"name": self.name, "unit": self.unit, "aim": self.aim, "better": self.better}
        more = {"note": self.note} if self.note else {}
        spread = {"min": self.spread[0], "max": self.spread[1]} if self.spread else {}
        return {**same, "value": self.value, "peers": dict(self.peers), **more, **spread}


def parser(bench: str, description: str) -> argparse.ArgumentParser:
    """The command line that every bench has."""
    made = argparse.ArgumentParser(prog=bench, description=description)
    made.add_argument("--json", metavar="FILE", help="write the figures for programs as well")
    return made


def publish(
    bench: str, measure: Callable[[], Sequence[Figure]], *, title: str, json_file: str | None, failures: Failures
) -> int:
    """Measure, print the table, and write the file if one is named; the exit code. A failure is told in a line."""
    try:
        found = measure()
        render(found, title=title)
        if json_file:
            path = pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), json_file).absolute()
            path.write_text(dumps(found), encoding="utf-8")
    except tuple(failures) as err:
        print(f"{bench}: {err}", file=sys.stderr)
        return next(code for kind, code in failures.items() if isinstance(err, kind))
    except subprocess.CalledProcessError as err:
        print(f"{bench}: {' '.join(map(str, err.cmd))} ended with {err.returncode}:\n{err.stderr}", file=sys.stderr)
        return 1
    except OSError as err:
        print(f"{bench}: {err.filename or ''}: {err.strerror}", file=sys.stderr)
        return 78
    return 0


def dumps(figures: Sequence[Figure]) -> str:
    """JSON: a list of `{"name","value","unit","aim","better","peers"}`."""
    return json.dumps([figure.as_json() for figure in figures], indent=2, sort_keys=True) + "\n"


def render(figures: Sequence[Figure], *, title: str) -> None:
    """Print the table."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for heading in ("what", "measured", "aim", "", "peers"):
        table.add_column(heading, justify="right" if heading in {"measured", "aim"} else "left")
    signs = {True: "[green]reached[/]", False: "[red]missed[/]", None: ""}
    for figure in figures:
        bound = "<=" if figure.better == "lower" else ">="
        table.add_row(
            figure.name,
            _measured(figure),
            "" if figure.aim is None else f"{bound} {_number(figure.aim)} {figure.unit}",
            signs[figure.reached],
            "; ".join([*(f"{name} {value}" for name, value in figure.peers.items()), *filter(None, [figure.note])]),
        )
    Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH).print(table)


def _measured(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    spread = f" ({' - '.join(map(_number, figure.spread))})" if figure.spread else ""
    return f"{_number(figure.value)}{spread} {figure.unit}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004
