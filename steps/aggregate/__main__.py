"""aggregate: the day's statistics, from the events that validate let pass.

It reads no database, so the statistics of a date are a function of that date's events. Read on in `summary`.
"""

from __future__ import annotations

import sys

from steps.aggregate.summary import Day, summarize
from steps.kit import codec, entry
from steps.kit.context import Context
from steps.kit.outputs import Outputs
from steps.kit.results import Inputs


def run(context: Context[None], inputs: Inputs, outputs: Outputs) -> None:
    """Publish the statistics."""
    validated = inputs.of("validate")
    lines = validated.read_lines("events.jsonl")
    day = Day(logical_date=context.logical_date, zone=context.time_zone, start=context.start, end=context.end)
    statistics = summarize(lines, day, quarantined=validated.rows["quarantined"])
    if statistics["gutenberg_richter"] is None:
        context.log.info("no b-value", why=statistics["gutenberg_richter_reason"])
    outputs.put("statistics.json", codec.encode(statistics), schema="quakes-statistics")
    outputs.count(read=len(lines))


if __name__ == "__main__":
    sys.exit(entry.main(run))
