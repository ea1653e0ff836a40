"""The report as a page that needs nothing else: each image a bar of its layers, to one scale."""

from __future__ import annotations

import html
from collections.abc import Sequence

from tools.images.report.measure import Layer, Measured
from tools.images.report.text import size

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #667; --back: #fff; --line: #dde; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #99a; --back: #14181f; --line: #2b3240; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
  max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .4rem; }
p, small { color: var(--soft); }
.bar { display: flex; height: 2.2rem; gap: 2px; }
.bar span { border-radius: 3px; min-width: 3px; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; margin-top: .6rem; }
th, td { text-align: left; padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .5rem; }
code { font-size: .82rem; overflow-wrap: anywhere; }
"""
_COLOURS = {
    "ssl": "#d1495b",
    "base": "#8d99ae",
    "python": "#3d7ea6",
    "debs": "#9c6644",
    "wheels": "#74a57f",
    "kit": "#e0a458",
    "app": "#f28f3b",
    "shell": "#555b6e",
}
_WHEEL = "#4f9d69"


def render(measured: Sequence[Measured]) -> str:
    """The page."""
    widest = max(image.size for image in measured)
    parts = "".join(_image(image, widest) for image in measured)
    once = {layer.digest: layer.size for image in measured for layer in image.layers}
    apart = sum(image.size for image in measured)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Images</title><style>{_STYLE}</style><h1>What is in the images</h1>"
        f"<p>{len(measured)} images, {size(apart)} compressed; a registry holds {size(sum(once.values()))}, because "
        "layers are shared. The bars have one scale; sizes are compressed. Point at a layer for what it is.</p>"
        f"{parts}</html>\n"
    )


def _image(image: Measured, widest: int) -> str:
    bar = "".join(_part(layer) for layer in image.layers)
    rows = "".join(_row(layer) for layer in image.layers)
    files = ", ".join(f"<code>{html.escape(path)}</code> {size(count)}" for path, count in image.biggest)
    return (
        f"<h2>{html.escape(image.name)}</h2>"
        f"<p>{size(image.size)} compressed, {size(image.unpacked)} unpacked, {image.shared:.0%} shared with other "
        f"images, starts in {image.start * 1000:.0f} ms <small><code>{image.digest}</code></small></p>"
        f'<div class="bar" role="img" aria-label="layers of {html.escape(image.name)}" '
        f'style="width:{image.size / widest:.1%}">{bar}</div>'
        "<table><tr><th>layer<th class=n>compressed<th class=n>unpacked<th class=n>files<th class=n>images<th>what"
        f"<th>why it is apart</tr>{rows}</table><p>Biggest files: {files}</p>"
    )


def _part(layer: Layer) -> str:
    title = html.escape(f"{layer.label}: {layer.what}, {size(layer.size)}")
    return f'<span style="flex:{layer.size} 0 0;background:{_colour(layer)}" title="{title}"></span>'


def _row(layer: Layer) -> str:
    cells = (size(layer.size), size(layer.unpacked), str(layer.files), str(layer.shared_by))
    numbers = "".join(f"<td class=n>{cell}" for cell in cells)
    label = f'<i style="background:{_colour(layer)}"></i><code>{html.escape(layer.label)}</code>'
    return f"<tr><td>{label}{numbers}<td>{html.escape(layer.what)}<td>{html.escape(layer.why)}</tr>"


def _colour(layer: Layer) -> str:
    name = layer.label.rpartition(":")[2]
    return _WHEEL if name.startswith("wheel_") else _COLOURS.get(name.rpartition("_")[2], "#888")
