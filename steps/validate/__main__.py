"""validate: checks each event, sets aside what is wrong with its reason, and fails the day past a threshold.

What it publishes is what every later step relies on. It corrects nothing: an event passes as the service gave it, or it
is set aside whole. The rules are in `check`, what becomes of two versions of an event in `sort`.
"""

from __future__ import annotations

import sys

from steps.kit import codec, entry
from steps.kit.context import Context
from steps.kit.errors import BadData
from steps.kit.outputs import Outputs
from steps.kit.results import Inputs
from steps.validate.check import Day
from steps.validate.limit import refusal
from steps.validate.settings import Settings, read_settings
from steps.validate.sort import sort


def run(context: Context[Settings], inputs: Inputs, outputs: Outputs) -> None:
    """Publish the valid events and the quarantined ones, or raise BadData when too many are wrong."""
    features = inputs.of("extract").read_lines("events.jsonl")
    checked = sort(features, Day(context.start, context.end))
    for reason, number in checked.reasons.items():
        context.log.warning("set events aside", reason=reason, events=number)
    if not checked.valid:
        context.log.warning("the day has no event", logical_date=context.logical_date, read=len(features))
    outputs.put(
        "events.jsonl",
        codec.encode_lines(event.as_json() for event in checked.valid),
        rows=len(checked.valid),
        schema="quakes-event",
    )
    outputs.put(
        "quarantine.jsonl",
        codec.encode_lines(item.as_json() for item in checked.quarantined),
        rows=len(checked.quarantined),
        schema="quakes-quarantine",
    )
    outputs.count(read=len(features), valid=len(checked.valid), quarantined=len(checked.quarantined))
    problem = refusal(checked, context.settings.quarantine_limit)
    if problem is not None:
        raise BadData(f"{context.logical_date}: {problem}")


if __name__ == "__main__":
    sys.exit(entry.main(run, settings=read_settings))
