"""The resolved pipeline as canonical JSON and back: the form that everything but `resolver` reads.

Every key is written and every key is required but those that came later, durations are seconds and memory is MiB, so
that a reader needs no default of ours. `steps` is a list because its order is that of the file. Old forms stay
readable: see `FORMAT`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, override

from orchestrator.core.model import Backoff, Output, Pipeline, Retry, Schedule, Step, When
from orchestrator.core.problems import Enough, Findings
from orchestrator.core.spec import checks, grammar, json_tree, tree
from orchestrator.core.spec.kinds import INVALID, Decimal, Invalid, Kind, Or, Whole, refuse
from orchestrator.core.spec.resolver import SpecError, alert_of, needs_of
from orchestrator.core.spec.shapes import Key, Keys, ListOf, Record
from orchestrator.core.spec.tree import Node

FORMAT: Final = 1
"""Grows with a change that an older reader would misread."""

_YEAR: Final = 366 * 86_400
_SECONDS: Final = Decimal(expected="a number of seconds", least=0, most=_YEAR)
_MIB: Final = Whole(expected="an amount of memory in MiB", least=1, most=1_048_576)


def _keys(expected: str, *later: Key, **kinds: tuple[Kind, str]) -> Keys:
    """Keys that are all required, each with its kind and what it means; `later` ones are not in older forms."""
    return Keys(
        expected=expected,
        keys=(*(Key(name, kind, doc, required=True) for name, (kind, doc) in kinds.items()), *later),
    )


_BACKOFF: Final = _keys(
    "'backoff'",
    initial_seconds=(_SECONDS, "Wait before the second attempt."),
    factor=(grammar.FACTOR, "By how much the wait grows with each attempt."),
    maximum_seconds=(_SECONDS, "The longest wait."),
)
_RETRY: Final = _keys(
    "'retry'",
    attempts=(grammar.ATTEMPTS, "How often the step is tried in all."),
    backoff=(_BACKOFF, "How long to wait between attempts."),
    exit_codes=(
        Or(word="null", kind=grammar.EXIT_CODES),
        "Codes worth another attempt beside 75; null for all but 64, 65, 78.",
    ),
)
_OUTPUT: Final = _keys(
    "an output",
    name=(grammar.OUTPUT_NAME, "Name of an object in the step's manifest."),
    freshness_seconds=(Or(word="null", kind=_SECONDS), "How old the newest one may become, or null."),
)
_STEP: Final = _keys(
    "the step",
    name=(grammar.STEP_NAME, "Name of the step."),
    description=(grammar.DESCRIPTION, "What the step does."),
    needs=(grammar.NEEDS, "Steps that have to be finished before."),
    when=(grammar.WHEN, "On which end of the steps that it needs the step starts."),
    tasks=(grammar.TASKS, "Number of tasks (shards)."),
    parallelism=(grammar.TASKS, "How many of the tasks run at once."),
    cpu=(grammar.CPU, "CPUs of one task."),
    memory_mib=(_MIB, "Memory of one task in MiB."),
    timeout_seconds=(_SECONDS, "How long one attempt may take."),
    retry=(_RETRY, "What is done when an attempt fails."),
    env=(grammar.ENVIRONMENT, "Environment variables."),
    secrets=(grammar.SECRETS, "Environment variables whose values are secrets, by the secret's name."),
    outputs=(ListOf(expected="a list of outputs", item=_OUTPUT, most=100, repeats=True), "Objects that others read."),
    image=(Or(word="null", kind=grammar.IMAGE), "Image of a step that is built elsewhere, or null."),
)
_ALERT: Final = _keys(
    "an alert",
    tell=(grammar.TELL, "Of what is told."),
    webhook=(grammar.WEBHOOK, "Name of the secret that holds the webhook's address."),
)
_SCHEDULE: Final = _keys(
    "'schedule'",
    Key("catch_up", grammar.CATCH_UP, "How many missed days a scheduled trigger runs first; none if it is left out."),
    cron=(grammar.CRON, "When a run is started."),
    time_zone=(grammar.TIME_ZONE, "Zone of the cron expression and of the logical dates."),
    offset_days=(grammar.OFFSET_DAYS, "How many days before its start the day of a run lies."),
)
RESOLVED: Final = _keys(
    "the resolved pipeline",
    Key(
        "alerts",
        ListOf(expected="a list of alerts", item=_ALERT, most=grammar.MOST_ALERTS, repeats=True),
        "Who is told of what; nobody of nothing if it is left out.",
    ),
    format=(
        Whole(expected="the format of a resolved pipeline", least=1, most=FORMAT, among=(FORMAT,)),
        "Version of this form.",
    ),
    name=(grammar.PIPELINE_NAME, "Name of the pipeline."),
    description=(grammar.DESCRIPTION, "What the pipeline is for."),
    schedule=(_SCHEDULE, "When it runs, and for which day."),
    deadline_seconds=(_SECONDS, "How long a run may take in all."),
    parallelism=(grammar.STEPS_AT_ONCE, "How many steps run at once."),
    steps=(
        ListOf(expected="a list of steps", item=_STEP, least=1, most=grammar.MOST_STEPS, repeats=True),
        "The steps in the order of the pipeline file.",
    ),
)


class ResolvedPipeline(Kind):
    """The kind whose value is a Pipeline, for a key of another file (`release.json`)."""

    @override
    def read(self, node: Node, findings: Findings) -> Pipeline | Invalid:
        noted = len(findings.problems)
        record = RESOLVED.read(node, findings)
        steps = record.at("steps") if isinstance(record, Record) else None
        if isinstance(steps, tree.Sequence):
            _check_steps(steps, findings)
        if isinstance(record, Record):
            checks.check_alerts(record.at("alerts"), findings)
        if record is INVALID or len(findings.problems) > noted:
            return INVALID
        return _pipeline(record.values)

    @override
    def schema(self) -> dict[str, Any]:
        return RESOLVED.schema()


def to_json(pipeline: Pipeline) -> str:
    """Canonical JSON: sorted keys, no spaces, UTF-8 as it is, a newline at the end."""
    return canonical(to_value(pipeline))


def from_json(text: str, *, source: str = "pipeline.json") -> Pipeline:
    """Read what `to_json` wrote. Raises SpecError with every problem; unknown and missing keys are problems."""
    findings = Findings()
    with contextlib.suppress(Enough):
        pipeline = ResolvedPipeline().read(json_tree.parse(text, findings), findings)
    if findings.problems or pipeline is INVALID:
        raise SpecError(findings.in_order(), source=source, text=text)
    return pipeline


def canonical(value: Any) -> str:
    """The one text of a JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n"


def to_value(pipeline: Pipeline) -> dict[str, Any]:
    """The JSON value of a pipeline."""
    return {
        "format": FORMAT,
        "name": pipeline.name,
        "description": pipeline.description,
        "schedule": {
            "cron": pipeline.schedule.cron,
            "time_zone": pipeline.schedule.time_zone,
            "offset_days": pipeline.schedule.offset_days,
            "catch_up": pipeline.schedule.catch_up,
        },
        "deadline_seconds": _seconds(pipeline.deadline),
        "parallelism": pipeline.parallelism,
        "steps": [_step_value(step) for step in pipeline.steps.values()],
        "alerts": [{"tell": [str(kind) for kind in rule.tell], "webhook": rule.webhook} for rule in pipeline.alerts],
    }


def _step_value(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "description": step.description,
        "needs": list(step.needs),
        "when": step.when.value,
        "tasks": step.tasks,
        "parallelism": step.parallelism,
        "cpu": step.cpu,
        "memory_mib": step.memory_mib,
        "timeout_seconds": _seconds(step.timeout),
        "retry": _retry_value(step.retry),
        "env": dict(step.env),
        "secrets": dict(step.secrets),
        "outputs": [
            {"name": each.name, "freshness_seconds": None if each.freshness is None else _seconds(each.freshness)}
            for each in step.outputs
        ],
        "image": step.image,
    }


def _retry_value(retry: Retry) -> dict[str, Any]:
    return {
        "attempts": retry.attempts,
        "backoff": {
            "initial_seconds": _seconds(retry.backoff.initial),
            "factor": _number(retry.backoff.factor),
            "maximum_seconds": _seconds(retry.backoff.maximum),
        },
        "exit_codes": None if retry.exit_codes is None else sorted(retry.exit_codes),
    }


def _seconds(value: timedelta) -> float:
    return _number(value.total_seconds())


def _number(value: float) -> float:
    """A whole number without a fraction, so that each value has one text."""
    return int(value) if value == int(value) else value


def _check_steps(steps: tree.Sequence, findings: Findings) -> None:
    needs: dict[str, Node] = {}
    for step in steps.items:
        name = Record(node=step, values={}).at("name")
        if isinstance(name, tree.Scalar) and name.text in needs:
            refuse(name, findings, f"The step {name.text!r} stands here twice.", "Keep one of them.")
        elif isinstance(name, tree.Scalar):
            needs[name.text] = needs_of(step)
    checks.check_needs(needs, findings)


def _pipeline(values: Mapping[str, Any]) -> Pipeline:
    steps = tuple(_step(record.values) for record in values["steps"])
    return Pipeline(
        name=values["name"],
        description=values["description"],
        schedule=Schedule(**values["schedule"].values),
        deadline=timedelta(seconds=values["deadline_seconds"]),
        parallelism=values["parallelism"],
        steps={step.name: step for step in steps},
        alerts=tuple(alert_of(record.values) for record in values.get("alerts", ())),
    )


def _step(values: Mapping[str, Any]) -> Step:
    same = ("name", "description", "needs", "tasks", "parallelism", "cpu", "memory_mib", "env", "secrets", "image")
    return Step(
        **{key: values[key] for key in same},
        when=When(values["when"]),
        timeout=timedelta(seconds=values["timeout_seconds"]),
        retry=_retry(values["retry"].values),
        outputs=tuple(_output(record.values) for record in values["outputs"]),
    )


def _retry(values: Mapping[str, Any]) -> Retry:
    backoff, exit_codes = values["backoff"].values, values["exit_codes"]
    return Retry(
        attempts=values["attempts"],
        backoff=Backoff(
            initial=timedelta(seconds=backoff["initial_seconds"]),
            factor=backoff["factor"],
            maximum=timedelta(seconds=backoff["maximum_seconds"]),
        ),
        exit_codes=None if exit_codes is None else frozenset(exit_codes),
    )


def _output(values: Mapping[str, Any]) -> Output:
    seconds = values["freshness_seconds"]
    return Output(name=values["name"], freshness=None if seconds is None else timedelta(seconds=seconds))
