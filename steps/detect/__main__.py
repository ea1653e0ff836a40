"""detect: compares the day with the days before it and names what is unusual.

The days before come from the database, so what it finds depends on which days are loaded; it says which ones it
compared. Read on in `findings` (the rules) and `scores` (the statistics).
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

from steps.detect.findings import find
from steps.detect.history import PastDay, read_history
from steps.detect.settings import Settings, read_settings
from steps.kit import codec, entry, postgres
from steps.kit.context import Context
from steps.kit.errors import BadData, Misconfigured
from steps.kit.outputs import Outputs
from steps.kit.results import Inputs

FORMAT = 1


def run(context: Context[Settings], inputs: Inputs, outputs: Outputs) -> None:
    """Publish the findings. Raises when the database does not hold the day that load says it loaded."""
    settings, date = context.settings, context.logical_date
    loaded = inputs.of("load").rows["loaded"]
    with postgres.connect(settings.database, application=str(context.attempt)) as connection:
        history = read_history(connection, date, trailing_days=settings.trailing_days)
    if history.today is None:
        raise Misconfigured(f"{date} is not loaded in this database: check that load has the same NIGHTJAR_DATABASE")
    if history.today.events != loaded:
        raise BadData(
            f"{date} has {history.today.events} events in the database and load wrote {loaded}: another run has "
            "changed the day since; rerun the date"
        )
    findings = find(history, history.today, trailing_days=settings.trailing_days)
    for finding in findings:
        context.log.info("found", kind=finding.kind, grade=finding.severity, title=finding.title)
    document = {
        "format": FORMAT,
        "logical_date": date.isoformat(),
        "trailing_days": settings.trailing_days,
        "days_compared": len(history.past),
        "findings": [dataclasses.asdict(finding) for finding in findings],
        "history": _history((*history.past, history.today)),
    }
    outputs.put("findings.json", codec.encode(document), rows=len(findings), schema="quakes-findings")
    outputs.count(read=sum(day.events for day in (*history.past, history.today)), findings=len(findings))


def _history(days: Sequence[PastDay]) -> list[dict[str, Any]]:
    return [
        {"logical_date": day.logical_date.isoformat(), "events": day.events, "largest": day.largest} for day in days
    ]


if __name__ == "__main__":
    sys.exit(entry.main(run, settings=read_settings))
