"""load: brings the day's events into PostgreSQL, each once however often it runs.

The manifest holds what follows from the data alone, the number of events; what changed in the table stands in the log.
Read on in `migrate` (the schema) and `day` (the transaction).
"""

from __future__ import annotations

import dataclasses
import sys

from steps.kit import entry, postgres
from steps.kit.context import Context
from steps.kit.outputs import Outputs
from steps.kit.results import Inputs
from steps.load.day import load_day
from steps.load.migrate import migrate, read_migrations
from steps.load.settings import Settings, read_settings


def run(context: Context[Settings], inputs: Inputs, outputs: Outputs) -> None:
    """Load the events that validate let pass."""
    events = inputs.of("validate").read_lines("events.jsonl")
    with postgres.connect(context.settings.database, application=str(context.attempt)) as connection:
        for name in migrate(connection, read_migrations()):
            context.log.info("migrated the database", migration=name)
        changes = load_day(connection, context.run, events)
    context.log.info("loaded", events=len(events), **dataclasses.asdict(changes))
    outputs.count(read=len(events), loaded=len(events))


if __name__ == "__main__":
    sys.exit(entry.main(run, settings=read_settings))
