from __future__ import annotations

import json

import pytest

from bench import figures
from bench.figures import Figure


@pytest.mark.parametrize(
    ("value", "better", "expected"),
    [(1.0, "lower", True), (3.0, "lower", False), (3.0, "higher", True), (1.0, "higher", False), (None, "lower", None)],
)
def test_aim(value: float | None, better: str, expected: bool | None) -> None:  # noqa: FBT001
    """Reached on the better side, unknown where nothing was measured."""
    assert Figure(name="x", value=value, unit="s", aim=2, better=better).reached is expected


def test_json_form() -> None:
    """What other programs read: these keys, peers by name."""
    (found,) = json.loads(figures.dumps([Figure(name="x", value=1.5, unit="MB", aim=2, peers={"other": "3"})]))
    expected = {"name": "x", "value": 1.5, "unit": "MB", "aim": 2, "better": "lower", "peers": {"other": "3"}}
    assert found == expected


def test_median_goes_with_its_spread(capsys: pytest.CaptureFixture[str]) -> None:
    """The least and the most stand beside it, for people and for programs."""
    figure = Figure(name="day", value=2.0, unit="s", aim=None, spread=(1.5, 4.25), note="of 5", peers={"other": "9"})
    (found,) = json.loads(figures.dumps([figure]))
    assert (found["min"], found["max"]) == (1.5, 4.25)
    figures.render([figure], title="Days")
    assert "day 2 (1.5 - 4.25) s other 9; of 5" in " ".join(capsys.readouterr().out.split())


def test_table_has_what_was_measured_and_what_was_not(capsys: pytest.CaptureFixture[str]) -> None:
    """Value, aim, verdict and peers on one line; a note where there is no value."""
    figures.render(
        [
            Figure(name="size", value=16.75, unit="MB", aim=17, peers={"slim": "43.0"}),
            Figure(name="call", value=None, unit="s", aim=0.6, note="no client yet"),
        ],
        title="Images",
    )
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "size 16.8 MB <= 17 MB reached slim 43.0" in lines
    assert "call - <= 0.6 s no client yet" in lines
