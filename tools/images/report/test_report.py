from __future__ import annotations

import re

import pytest

from tools.images.report import page, text
from tools.images.report.measure import Layer, Measured, describe


def layer(label: str, size: int, *, shared_by: int = 1) -> Layer:
    """A layer of this size."""
    what, why = describe(label)
    return Layer(
        label=label,
        digest=f"sha256:{label}",
        what=what,
        why=why,
        size=size,
        unpacked=2 * size,
        files=3,
        shared_by=shared_by,
    )


BASE = layer("//images:base", 3_000_000, shared_by=2)
IMAGES = [
    Measured(
        name=name,
        digest=f"sha256:{name}",
        layers=[BASE, layer(f"//steps/{name}:image_app", 1_000_000)],
        biggest=[("/usr/<b>", 5_000_000)],
        start=0.0804,
    )
    for name in ("one", "two")
]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("//images:ssl", "libssl"),
        ("//images:wheel_psycopg_binary", "the wheel psycopg_binary"),
        ("//steps/x:image_wheels", "small wheels"),
        ("//steps/wheel_x:image_app", "the program itself"),
        ("//steps/x:image_debs", "this image alone"),
        ("//else:where", "//else:where"),
    ],
)
def test_every_kind_of_layer_is_explained(label: str, words: str) -> None:
    """By the name of its target; one that is unknown by its label."""
    assert words in describe(label)[0]


def test_sums() -> None:
    """Sizes are those of the layers; what other images have too is shared."""
    assert (IMAGES[0].size, IMAGES[0].unpacked, IMAGES[0].shared) == (4_000_000, 8_000_000, 0.75)


def test_table_tells_every_image_and_counts_shared_layers_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Image, sizes, layers, files, share, start; then what a registry holds."""
    text.render(IMAGES)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "one 4.00 MB 8.00 MB 2 6 75% 80 ms sha256:one" in lines
    assert "a registry holds 5.00 MB 3" in lines
    assert any(line.startswith("//steps/two:image_app 1.00 MB 2.00 MB 3 1 the program itself") for line in lines)


def test_page_draws_every_image_to_one_scale() -> None:
    """A bar each, a part a layer, nothing from elsewhere, and names as text."""
    drawn = page.render(IMAGES)
    assert drawn.count('class="bar"') == len(IMAGES)
    assert re.findall(r"flex:(\d+)", drawn) == ["3000000", "1000000"] * 2
    assert re.findall(r"https?://|<script|src=", drawn) == []
    assert "&lt;b&gt;" in drawn
    assert "<b>" not in drawn
