"""Brings the database to the schema that this step needs: numbered .sql files, each applied once, in order.

All under one lock and in one transaction, so that two steps that start together apply each file once, and a crash
leaves none of it. A released file is never edited: its digest is kept and compared. Numbers that this step does not
know were applied by a newer release; they are left alone, so that an older release can still run.
"""

from __future__ import annotations

import hashlib
import pathlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from steps.kit.errors import Misconfigured
from steps.kit.postgres import Connection
from steps.load.statements import FOLDER, statement

_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file: its number orders it, its digest tells whether it is still what was applied."""

    number: int
    name: str
    text: bytes

    @property
    def sha256(self) -> str:
        """Digest of the text."""
        return hashlib.sha256(self.text).hexdigest()


def read_migrations(folder: pathlib.Path = FOLDER / "migrations") -> tuple[Migration, ...]:
    """The files of a folder by number. Raises ValueError when their numbers are not 1, 2, 3 and so on."""
    paths = sorted(folder.glob("*.sql"))
    numbers = [int(match[1]) for path in paths if (match := _NAME.fullmatch(path.name)) is not None]
    if numbers != list(range(1, len(paths) + 1)):
        raise ValueError(f"{folder}: {[path.name for path in paths]} are not 0001_NAME.sql, 0002_NAME.sql …")
    return tuple(
        Migration(number=number, name=path.name, text=path.read_bytes())
        for number, path in zip(numbers, paths, strict=True)
    )


def migrate(connection: Connection, migrations: Sequence[Migration]) -> tuple[str, ...]:
    """Apply what is missing; returns the names of what was applied."""
    with connection.transaction():
        connection.execute(statement("lock"))
        connection.execute(statement("prepare"))
        applied = {row[0]: row[2] for row in connection.execute(statement("applied"))}
        missing = plan(applied, migrations)
        for migration in missing:
            connection.execute(migration.text)
            connection.execute(
                statement("record_migration"),
                {"number": migration.number, "name": migration.name, "sha256": migration.sha256},
            )
    return tuple(migration.name for migration in missing)


def plan(applied: Mapping[object, object], migrations: Sequence[Migration]) -> tuple[Migration, ...]:
    """What is to be applied, given the digests by number of what was. Raises Misconfigured on an edited file."""
    for migration in migrations:
        if applied.get(migration.number, migration.sha256) != migration.sha256:
            raise Misconfigured(
                f"{migration.name} is not the file that this database was migrated with: restore it, and put the "
                "change into a new file with the next number"
            )
    return tuple(migration for migration in migrations if migration.number not in applied)
