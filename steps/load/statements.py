"""The SQL of this step, by the names of the files that hold it."""

from __future__ import annotations

import pathlib
from typing import Final

FOLDER: Final = pathlib.Path(__file__).parent


def statement(name: str) -> bytes:
    """The text of `sql/NAME.sql`; bytes, because the driver takes only what is no string of unknown origin."""
    return (FOLDER / "sql" / f"{name}.sql").read_bytes()
