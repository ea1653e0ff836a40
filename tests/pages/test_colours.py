"""The colours of the style sheet can be told apart, in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import pathlib
import re

import pytest

STYLE = pathlib.Path("steps/report/page.css").read_text(encoding="utf-8")
TEXT, SHAPE = 4.5, 3.0


def palette(theme: str) -> dict[str, str]:
    """The custom properties of a theme; what dark does not say is as in light."""
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    colours = dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6});", light))
    return colours | (dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6});", dark)) if theme == "dark" else {})


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("colour", "ground", "least"),
    [
        *((colour, "paper", TEXT) for colour in ("ink", "soft", "link", "accent", "warn")),
        *((colour, "paper", SHAPE) for colour in ("bar", "past")),
        *((f"edge{kind}", ground, SHAPE) for kind in "01234x" for ground in ("sea", "land")),
    ],
)
def test_contrast(theme: str, colour: str, ground: str, least: float) -> None:
    """Text and shapes stand out from what lies behind them."""
    colours = palette(theme)
    assert contrast(colours[colour], colours[ground]) >= least


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_depths_can_be_told_without_colour(theme: str) -> None:
    """From shallow to deep the colours grow darker, each by a step, so that they survive a grey printer."""
    colours = palette(theme)
    steps = [contrast(colours[f"d{kind}"], colours[f"d{kind + 1}"]) for kind in range(4)]
    lightness = [luminance(colours[f"d{kind}"]) for kind in range(5)]
    assert lightness == sorted(lightness, reverse=True)
    assert min(steps) >= 1.2
