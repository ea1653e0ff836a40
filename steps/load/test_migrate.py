from __future__ import annotations

import pathlib

import pytest

from steps.kit.errors import Misconfigured
from steps.load.day import FIELDS
from steps.load.migrate import Migration, plan, read_migrations
from steps.load.statements import statement

FIRST = Migration(number=1, name="0001_a.sql", text=b"SELECT 1")
SECOND = Migration(number=2, name="0002_b.sql", text=b"SELECT 2")


def test_what_is_missing_is_applied_in_order() -> None:
    """A new database gets all files, a current one none."""
    assert plan({}, (FIRST, SECOND)) == (FIRST, SECOND)
    assert plan({1: FIRST.sha256}, (FIRST, SECOND)) == (SECOND,)
    assert plan({1: FIRST.sha256, 2: SECOND.sha256}, (FIRST, SECOND)) == ()


def test_an_edited_file_is_refused() -> None:
    """What a database was made with cannot be changed afterwards."""
    with pytest.raises(Misconfigured, match=r"0001_a\.sql is not the file"):
        plan({1: SECOND.sha256}, (FIRST, SECOND))


def test_an_older_release_runs_on_a_newer_database() -> None:
    """Numbers that it does not know are none of its business."""
    assert plan({1: FIRST.sha256, 2: "0" * 64}, (FIRST,)) == ()


@pytest.mark.parametrize(
    "names", [["0002_a.sql"], ["0001_a.sql", "0003_b.sql"], ["0001_a.sql", "0001_b.sql"], ["a.sql"]]
)
def test_files_without_a_gapless_number_are_refused(tmp_path: pathlib.Path, names: list[str]) -> None:
    """Two branches that both added number 2 are told before anything is applied."""
    for name in names:
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(ValueError, match="are not 0001_NAME"):
        read_migrations(tmp_path)


def test_released_migrations_are_not_edited() -> None:
    """The digests of what databases were made with."""
    assert {migration.name: migration.sha256[:16] for migration in read_migrations()} == {
        "0001_events.sql": "73bcd2308aa1ce00"
    }


def test_columns_are_copied_in_the_order_of_the_fields() -> None:
    """COPY names its columns as the values come."""
    inside = statement("copy").decode().partition("(")[2].partition(")")[0]
    assert tuple(name.strip() for name in inside.split(",")) == ("id", "logical_date", *FIELDS)
