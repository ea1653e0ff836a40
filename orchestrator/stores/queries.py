"""The SQL of a store, read from the `.sql` files beside this module: one statement a query, numbered migrations."""

from __future__ import annotations

import functools
from pathlib import Path

_HERE = Path(__file__).parent


@functools.cache
def query(name: str) -> str:
    """The statement in `sql/NAME.sql`."""
    return (_HERE / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@functools.cache
def migrations() -> tuple[str, ...]:
    """The scripts of `migrations/`, in order; the schema's version is how many were applied."""
    files = sorted((_HERE / "migrations").glob("*.sql"))
    for number, file in enumerate(files, 1):
        if int(file.name.partition("_")[0]) != number:
            raise RuntimeError(f"{file}: migrations are numbered without gaps, this one should be {number:04d}")
    return tuple(file.read_text(encoding="utf-8") for file in files)
