import pathlib
from typing import Any

import pytest

from deploy import summary
from orchestrator.core import spec
from steps.kit.builders import RUN, publish
from steps.kit.storage import Storage

PIPELINE = spec.resolve("""\
name: quakes
schedule: {cron: "1 0 * * *", time_zone: UTC}
steps:
  ask: {tasks: 2}
  tell:
    needs: [ask]
    outputs: [{name: page.html}]
""")


@pytest.fixture
def storage() -> Storage:
    """What a run left: a step of two tasks that published, one that did not."""
    storage = Storage.open("memory:///")
    publish(storage, "ask", [{"a.txt": b"12345"}, {"a.txt": b"678"}], rows={"read": 4})
    return storage


def status(**steps: dict[str, Any]) -> dict[str, Any]:
    """What `nightjar status --json` says."""
    plain = {"state": "succeeded", "attempts": 1, "seconds": 2.0, "why": None}
    return {"run": str(RUN), "steps": {name: plain | step for name, step in steps.items()}}


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (61_883, "61.9 kB"), (1_500_000, "1.5 MB"), (7 * 10**12, "7.0 TB")],
)
def test_sizes_are_for_people(count: int, text: str) -> None:
    """Powers of a thousand, one digit."""
    assert summary.size(count) == text


def test_rows_and_bytes_are_those_of_the_manifests(storage: Storage) -> None:
    """Summed over a step's tasks; a step that published nothing has none, and says why."""
    asked, told = summary.rows(status(ask={}, tell={"state": "skipped", "why": "because of ask"}), storage)
    assert (asked.rows, asked.size) == ({"read": 8}, 8)
    assert (told.rows, told.size, told.why) == ({}, None, "because of ask")


def test_the_table_says_why_instead_of_rows(storage: Storage, capsys: pytest.CaptureFixture[str]) -> None:
    """A step that did not end well shows its reason where others show their rows."""
    rows = summary.rows(status(ask={}, tell={"state": "failed", "why": "exited with [65]"}), storage)
    summary.render(rows, title="a run")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("a run")
    assert "read 8" in lines[2]
    assert lines[3].rstrip().endswith("exited with [65]")


def test_outputs_are_copied_for_people(storage: Storage, tmp_path: pathlib.Path) -> None:
    """What the pipeline file names as an output is there under its name; nothing for a step without a result."""
    assert summary.export(PIPELINE, storage, RUN, tmp_path) == []
    publish(storage, "tell", [{"page.html": b"<p>"}])
    assert summary.export(PIPELINE, storage, RUN, tmp_path) == [tmp_path / "page.html"]
    assert (tmp_path / "page.html").read_bytes() == b"<p>"
