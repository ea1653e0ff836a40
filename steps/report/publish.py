"""From the results of the steps before to report.html: what the step reads and what it publishes.

It reads what validate, load, aggregate and detect published and nothing else, so that the same results make the same
page, byte for byte. What the page holds is composed in `report`.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.kit.context import Context
from steps.kit.errors import BadData
from steps.kit.outputs import Outputs
from steps.kit.results import Inputs, Result
from steps.report.fields import InputError
from steps.report.inputs import Source
from steps.report.reading import read
from steps.report.report import compose


def run(context: Context[None], inputs: Inputs, outputs: Outputs) -> None:
    """Publish report.html, or raise BadData when the results of the steps contradict each other."""
    validate, load, aggregate, detect = (inputs.of(step) for step in ("validate", "load", "aggregate", "detect"))
    try:
        day = read(
            logical_date=context.logical_date,
            events=validate.read_one("events.jsonl"),
            quarantine=validate.read_one("quarantine.jsonl"),
            statistics=aggregate.read_one("statistics.json"),
            findings=detect.read_one("findings.json"),
            loaded=load.rows["loaded"],
            sources=tuple(source for result in (validate, load, aggregate, detect) for source in _sources(result)),
        )
    except InputError as error:
        raise BadData(f"the results of {context.logical_date} make no page:\n{error}") from error
    page = compose(day).encode()
    outputs.put("report.html", page)
    outputs.count(read=day.loaded, quarantined=day.statistics.quarantined, findings=len(day.findings.findings))


def _sources(result: Result) -> Iterator[Source]:
    """The step's objects; a step that publishes none (it writes to a database) is named by its manifest."""
    for manifest in result.manifests:
        for name, entry_ in sorted(manifest.objects.items()):
            yield Source(step=result.step, name=name, sha256=entry_.sha256, bytes=entry_.bytes)
    if not any(manifest.objects for manifest in result.manifests):
        yield Source(step=result.step, name="manifest", sha256=result.digest, bytes=None)
