"""The SQL of a store, read from the `.sql` files beside this module: a folder a database, one statement a query.

Databases differ in more than their words, so nothing is shared between them. Migrations are numbered without gaps and
never edited once released; the schema's version is how many were applied.
"""

from __future__ import annotations

import functools
from pathlib import Path

_HERE = Path(__file__).parent


@functools.cache
def query(database: str, name: str) -> str:
    """The statement in `sql/DATABASE/NAME.sql`."""
    return (_HERE / "sql" / database / f"{name}.sql").read_text(encoding="utf-8")


@functools.cache
def migrations(database: str) -> tuple[str, ...]:
    """The scripts of `migrations/DATABASE/`, in order."""
    files = sorted((_HERE / "migrations" / database).glob("*.sql"))
    for number, file in enumerate(files, 1):
        if int(file.name.partition("_")[0]) != number:
            raise RuntimeError(f"{file}: migrations are numbered without gaps, this one should be {number:04d}")
    return tuple(file.read_text(encoding="utf-8") for file in files)
