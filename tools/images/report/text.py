"""The report for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tools.images.report.measure import Measured

_WIDTH = 200


def render(measured: Sequence[Measured]) -> None:
    """Print a table over all images, and one for each."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    console.print(_overview(measured))
    for image in measured:
        console.print()
        console.print(_layers(image))
        console.print("  biggest files: " + ", ".join(f"{path} {size(count)}" for path, count in image.biggest))


def size(count: int) -> str:
    """Bytes for people."""
    if count < 1_000_000:  # noqa: PLR2004
        return f"{count / 1e3:.1f} kB"
    return f"{count / 1e6:.2f} MB"


def _overview(measured: Sequence[Measured]) -> Table:
    table = _table("All images", "image", "compressed", "unpacked", "layers", "files", "shared", "start", "digest")
    for image in measured:
        table.add_row(
            image.name,
            size(image.size),
            size(image.unpacked),
            str(len(image.layers)),
            str(sum(layer.files for layer in image.layers)),
            f"{image.shared:.0%}",
            f"{image.start * 1000:.0f} ms",
            image.digest[:19],
        )
    once = {layer.digest: layer.size for image in measured for layer in image.layers}
    table.add_section()
    table.add_row("a registry holds", size(sum(once.values())), "", str(len(once)), "", "", "", "")
    return table


def _layers(image: Measured) -> Table:
    table = _table(image.name, "layer", "compressed", "unpacked", "files", "images", "what", "why it is apart", wide=5)
    for layer in image.layers:
        table.add_row(
            layer.label,
            size(layer.size),
            size(layer.unpacked),
            str(layer.files),
            str(layer.shared_by),
            layer.what,
            layer.why,
        )
    return table


def _table(title: str, first: str, *others: str, wide: int = 99) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column(first)
    for number, heading in enumerate(others, start=1):
        table.add_column(heading, justify="left" if number >= wide or heading == "digest" else "right")
    return table
