from __future__ import annotations

from pathlib import Path

from orchestrator.runners.tail import LINES, last_lines


def test_structured_lines_become_readable(tmp_path: Path) -> None:
    """Severity and message; other lines stay as they are."""
    log = tmp_path / "log"
    log.write_text('{"severity": "ERROR", "message": "too bad", "x": 1}\nplain\n\n{"a": 1}\n[1]\n', encoding="utf-8")
    assert last_lines(log) == ("ERROR too bad", "plain", '{"a": 1}', "[1]")


def test_first_file_that_says_anything_counts(tmp_path: Path) -> None:
    """Standard error before standard output; a file that is not there says nothing."""
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.touch()
    full.write_text("hello\n", encoding="utf-8")
    assert last_lines(tmp_path / "absent", empty, full) == ("hello",)
    assert last_lines(empty) == ()


def test_only_the_end_of_a_long_file_is_read(tmp_path: Path) -> None:
    """Many lines, long lines and bytes that are no text."""
    log = tmp_path / "log"
    log.write_bytes(b"x" * 1_000_000 + b"\n" + b"".join(b"%d\n" % number for number in range(100)))
    assert last_lines(log) == tuple(str(number) for number in range(100 - LINES, 100))
    log.write_bytes(b"\xff" + b"y" * 10_000)
    (line,) = last_lines(log)
    assert (len(line), line[0]) == (500, "\ufffd")
