"""extract: asks an FDSN event web service for the logical date, one time window a task.

It takes events as the service has them; whether they are sound is `validate`'s question. The windows of all tasks
together are exactly the local day. Read on in `fetch` (windows and limits) and `client` (HTTP).
"""

from __future__ import annotations

import sys

from steps.extract import answers
from steps.extract.client import Client
from steps.extract.features import order
from steps.extract.fetch import fetch
from steps.extract.settings import Settings, read_settings
from steps.extract.window import Window, cut
from steps.kit import codec, entry
from steps.kit.context import Context
from steps.kit.outputs import Outputs
from steps.kit.results import Inputs


def run(context: Context[Settings], _: Inputs, outputs: Outputs) -> None:
    """Publish the raw events of this task's window, in the order of their times."""
    settings, log = context.settings, context.log
    day = Window(context.start, context.end)
    window = cut(day, context.task_count)[context.task_index]
    with Client(settings.service, settings.format, log=log) as client:
        found = fetch(client.query, answers.reader(settings.format), window, limit=client.limit)
    if found.outside:
        log.warning("dropped events outside the window that was asked for", events=found.outside, window=str(window))
    log.info("fetched", service=settings.service, window=str(window), events=len(found.features), queries=found.queries)
    outputs.put(
        "events.jsonl",
        codec.encode_lines(sorted(found.features, key=order)),
        rows=len(found.features),
        schema="fdsn-event-feature",
    )
    outputs.count(read=len(found.features), written=len(found.features))


if __name__ == "__main__":
    sys.exit(entry.main(run, settings=read_settings))
