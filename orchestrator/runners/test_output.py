from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.runners import output
from orchestrator.runners.output import Output, Reader


def read(reader: Reader) -> list[str]:
    return [*reader.complete(), *reader.unfinished()]


def test_streams_are_in_the_order_of_tasks(tmp_path: Path) -> None:
    """By number, not by name; other files are none."""
    for name in ("task-10.stderr", "task-2.stdout", "task-2.stderr", "task-x.stderr", "status.json"):
        (tmp_path / name).touch()
    found = Output(tmp_path).streams()
    assert [(each.task, each.name) for each in found] == [(2, "stderr"), (2, "stdout"), (10, "stderr")]
    assert [each.task for each in Output(tmp_path).streams(10)] == [10]


def test_streams_of_a_cloud_run_on_this_machine(tmp_path: Path) -> None:
    """Of each task the last try; one that has not begun yet has none."""
    for name in ("0/0/task-0.stderr", "0/10/task-0.stderr", "0/9/task-0.stderr", "1/0/task-1.stderr"):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.touch()
    (tmp_path / "2").mkdir()
    found = Output(tmp_path)
    assert [str(each.path.relative_to(tmp_path)) for each in found.streams()] == [
        "0/10/task-0.stderr",
        "1/0/task-1.stderr",
    ]
    assert not found.is_written()


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("/a/b", Path("/a/b")),
        ("file:///a/b%20c", Path("/a/b c")),
        ("https://console/logs", None),
        ("projects/p/locations/l/jobs/j/executions/e", None),
        ("", None),
    ],
)
def test_what_is_a_log_on_this_machine(log: str, expected: Path | None) -> None:
    """A path or the URL of one; no address elsewhere and no name of a resource."""
    found = output.of(log)
    assert (found.directory if found else None) == expected


def test_a_directory_that_is_gone(tmp_path: Path) -> None:
    """It does not exist."""
    assert Output(tmp_path).exists
    assert not Output(tmp_path / "gone").exists


@pytest.mark.parametrize(
    ("text", "lines", "expected"),
    [
        ("", 3, []),
        ("a\nb\nc\n", None, ["a", "b", "c"]),
        ("a\nb\nc\n", 2, ["b", "c"]),
        ("a\nb\nc", 2, ["b", "c"]),
        ("a\nb\n", 2, ["a", "b"]),
        ("a\nb\n", 5, ["a", "b"]),
        ("\n\n\n", 2, ["", ""]),
        ("a\r\n", 1, ["a"]),
    ],
)
def test_the_last_lines(tmp_path: Path, text: str, lines: int | None, expected: list[str]) -> None:
    """As many as there are, with or without an end."""
    path = tmp_path / "task-0.stderr"
    path.write_bytes(text.encode())
    assert read(Reader(path, lines=lines)) == expected


@pytest.mark.parametrize("length", [1, 7, 1_000, 70_000])
def test_large_files_are_read_from_their_end(tmp_path: Path, length: int) -> None:
    """Whatever lies between two blocks of the file."""
    path = tmp_path / "task-0.stderr"
    lines = [f"{number}".rjust(length, "x") for number in range(300_000 // length + 3)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for count in (1, 2, len(lines) // 2, len(lines)):
        assert read(Reader(path, lines=count)) == lines[-count:]


def test_what_is_added_is_read_once(tmp_path: Path) -> None:
    """A line only when it has its end, or when there is nothing more to come."""
    path = tmp_path / "task-0.stderr"
    path.write_text("old\none\ntw", encoding="utf-8")
    reader = Reader(path, lines=2)
    assert list(reader.complete()) == ["one"]
    with path.open("a", encoding="utf-8") as stream:
        stream.write("o\nthree")
    assert list(reader.complete()) == ["two"]
    assert list(reader.complete()) == []
    assert list(reader.unfinished()) == ["three"]


def test_bytes_that_are_no_text_are_shown_as_such(tmp_path: Path) -> None:
    """A step can write anything."""
    path = tmp_path / "task-0.stdout"
    path.write_bytes(b"\xff\n")
    assert read(Reader(path, lines=None)) == ["\N{REPLACEMENT CHARACTER}"]
