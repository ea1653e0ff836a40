"""The grammar of pipeline.yaml, once: reader, JSON Schema, defaults and reference manual are all made from this table.

A key that is added here is read, described in pipeline.schema.json and checked; what it means is added in `resolver`.
What concerns several keys at once (memory that fits the CPU, steps that exist) is in `checks`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, override

from orchestrator.core.model import AlertKind, When
from orchestrator.core.problems import Findings, quote
from orchestrator.core.spec import zone
from orchestrator.core.spec.cron import cron
from orchestrator.core.spec.kinds import INVALID, Choice, Decimal, Invalid, Kind, Or, Schema, Text, Whole, Word, refuse
from orchestrator.core.spec.shapes import Key, Keys, ListOf, MapOf
from orchestrator.core.spec.tree import Node
from orchestrator.core.units import DURATION, MEMORY, UnitError, duration, memory_mib, show_duration
from steps.kit import contract

MOST_STEPS: Final = 999
"""Cloud Run keeps 1,000 jobs in a project and region, and the orchestrator is one."""
MOST_VARIABLES: Final = 900
DO_NOT_RETRY: Final = tuple(
    sorted(int(code) for code in (contract.Exit.USAGE, contract.Exit.BAD_DATA, contract.Exit.CONFIGURATION))
)
MEMORY_OF_CPU: Final = {1: (512, 4_096), 2: (512, 8_192), 4: (2_048, 16_384), 6: (4_096, 24_576), 8: (4_096, 32_768)}
"""Least and most MiB that a Cloud Run job may have with so many CPUs."""

_SECOND, _MINUTE, _HOUR, _DAY = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))

_HINTS: Final = {
    "after": "needs",
    "alert": "alerts",
    "args": "env",
    "catchup": "catch_up",
    "command": "image",
    "concurrency": "parallelism",
    "container": "image",
    "cpus": "cpu",
    "cron_schedule": "schedule",
    "depends": "needs",
    "depends_on": "needs",
    "dependencies": "needs",
    "environment": "env",
    "jobs": "steps",
    "max_parallelism": "parallelism",
    "max_retries": "retry",
    "mem": "memory",
    "notifications": "alerts",
    "notify": "alerts",
    "on": "tell",
    "retries": "retry",
    "shards": "tasks",
    "task_count": "tasks",
    "timezone": "time_zone",
    "trigger_rule": "when",
    "tz": "time_zone",
    "upstream": "needs",
    "url": "webhook",
    "vars": "env",
    "vcpu": "cpu",
}
_STEP_OR_DEFAULTS: Final = "a step or to 'defaults'"
_HOMES: Final = {
    **dict.fromkeys(("cpu", "memory", "timeout", "retry", "env"), _STEP_OR_DEFAULTS),
    **dict.fromkeys(("needs", "tasks", "when", "secrets", "image", "outputs"), "a step"),
    **dict.fromkeys(("cron", "time_zone", "offset_days", "catch_up"), "'schedule'"),
    **dict.fromkeys(("attempts", "backoff", "exit_codes"), "'retry'"),
    **dict.fromkeys(("initial", "factor", "maximum"), "'backoff'"),
    **dict.fromkeys(("schedule", "deadline", "defaults", "alerts", "steps"), "the top level of the file"),
    **dict.fromkeys(("tell", "webhook"), "an item of 'alerts'"),
    "freshness": "an item of 'outputs'",
}


def _duration(least: timedelta, most: timedelta) -> Word:
    expected = f"a duration from {show_duration(least)} to {show_duration(most)}"

    def parse(text: str) -> timedelta:
        value = duration(text)
        if not least <= value <= most:
            raise UnitError(f"{text!r} is not {expected}.", "Write for example 90s, 10m, 36h or 1h30m.")
        return value

    return Word(
        expected=expected,
        remedy="Write for example 90s, 10m, 36h or 1h30m.",
        parse=parse,
        pattern=DURATION,
        examples=("90s", "10m", "36h", "1h30m"),
    )


def _keys(expected: str, *keys: Key) -> Keys:
    return Keys(expected=expected, keys=keys, hints=_HINTS, homes=_HOMES)


@dataclass(frozen=True, slots=True)
class _EnvironmentName(Kind):
    """The name of a variable that a pipeline may set."""

    name: Text

    @override
    def read(self, node: Node, findings: Findings) -> str | Invalid:
        name = self.name.read(node, findings)
        if name is INVALID:
            return INVALID
        if name in contract.RESERVED or name.startswith(contract.RESERVED_PREFIXES):
            return refuse(node, findings, f"{quote(name)} is set by nightjar or by Cloud Run.", "Choose another name.")
        return name

    @override
    def schema(self) -> Schema:
        prefixes = "|".join(contract.RESERVED_PREFIXES)
        reserved: list[Any] = [{"enum": sorted(contract.RESERVED)}, {"pattern": f"^(?:{prefixes})"}]
        return self.name.schema() | {"not": {"anyOf": reserved}}


PIPELINE_NAME: Final = Text(
    expected="the name of a pipeline",
    remedy="Use lower-case letters, digits and dashes; start with a letter.",
    pattern=contract.NAME.pattern,
    most=40,
)
STEP_NAME: Final = Text(
    expected="the name of a step",
    remedy="Use lower-case letters, digits and underscores; start with a letter.",
    pattern=contract.STEP_NAME.pattern,
    most=40,
)
DESCRIPTION: Final = Text(expected="a description", remedy="Write a sentence.", least=0, most=1_000, lines=True)
_VARIABLE: Final = _EnvironmentName(
    Text(
        expected="the name of an environment variable",
        remedy="Use letters, digits and underscores; do not start with a digit.",
        pattern="[A-Za-z_][A-Za-z0-9_]*",
        most=256,
    )
)
ENVIRONMENT: Final = MapOf(
    expected="a mapping of environment variables",
    remedy="Write 'NAME: value', one a line.",
    key=_VARIABLE,
    value=Text(expected="text", remedy='Write a text; "" is the empty one.', least=0, most=32_768, lines=True),
    most=MOST_VARIABLES,
)
_SECRET: Final = Text(
    expected="the name of a secret in Secret Manager",
    remedy="Use letters, digits, dashes and underscores; the project and the version are not part of it.",
    pattern="[A-Za-z0-9_-]+",
    most=255,
)
SECRETS: Final = MapOf(
    expected="a mapping from environment variables to secrets",
    remedy="Write 'NAME: name-of-the-secret', one a line.",
    key=_VARIABLE,
    value=_SECRET,
    most=MOST_VARIABLES,
)
NEEDS: Final = ListOf(expected="a list of steps", item=STEP_NAME, most=MOST_STEPS)
CPU: Final = Whole(expected="a number of CPUs", least=1, most=8, among=tuple(MEMORY_OF_CPU))
TASKS: Final = Whole(expected="a number of tasks", least=1, most=10_000)
STEPS_AT_ONCE: Final = Whole(expected="a number of steps", least=1, most=MOST_STEPS)
OFFSET_DAYS: Final = Whole(expected="a number of days", least=0, most=366)
CATCH_UP: Final = Whole(expected="a number of missed days", least=0, most=31)
ATTEMPTS: Final = Whole(expected="a number of attempts", least=1, most=200)
FACTOR: Final = Decimal(expected="a factor", least=1, most=100)
EXIT_CODES: Final = ListOf(
    expected="a list of exit codes",
    item=Whole(
        expected="an exit code worth another attempt",
        least=1,
        most=255,
        without=DO_NOT_RETRY,
        because="64, 65 and 78 mean that another attempt ends the same",
    ),
    most=255,
)
TELL: Final = ListOf(
    expected="a list of what to tell",
    item=Choice(words=tuple(each.value for each in AlertKind)),
    least=1,
    most=len(AlertKind),
)
WEBHOOK: Final = dataclasses.replace(
    _SECRET,
    expected="the name of the secret that holds a webhook's address",
    remedy="Name a secret with letters, digits, dashes and underscores; the address itself is its value, never here.",
)
MOST_ALERTS: Final = 20
WHEN: Final = Choice(words=tuple(each.value for each in When))
IMAGE: Final = Text(
    expected="an image by digest",
    remedy="Write REGISTRY/PATH@sha256:DIGEST with the 64 hexadecimal digits; a tag alone can change under a release.",
    pattern=r"[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?(?:/[a-z0-9][a-z0-9._-]*)+(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?@sha256:[0-9a-f]{64}",
    most=512,
)
OUTPUT_NAME: Final = Text(
    expected="the name of an output",
    remedy="Name an object of the step's manifest, for example report.html.",
    pattern="[a-z0-9][a-z0-9._-]*",
    most=128,
)
TIME_ZONE: Final = Word(
    expected="a time zone",
    remedy="Write a name of the IANA time zone database, for example America/New_York.",
    parse=zone.time_zone,
    pattern="[A-Za-z0-9_+/-]+",
    examples=("America/New_York", "Europe/Berlin", "UTC"),
)
CRON: Final = Word(
    expected="a cron expression",
    remedy='Write five fields in quotes, for example "1 0 * * *" for each day at 00:01.',
    parse=cron,
    pattern=r"\s*[^\s]+(?:\s+[^\s]+){4}\s*",
    examples=("1 0 * * *", "30 6 * * MON-FRI"),
)

BACKOFF: Final = _keys(
    "'backoff'",
    Key("initial", _duration(_SECOND, _DAY), "Wait before the second attempt.", default="10s"),
    Key("factor", FACTOR, "By how much the wait grows with each attempt.", default=2),
    Key(
        "maximum",
        _duration(_SECOND, _DAY),
        "The longest wait; the wait is then varied by a random share.",
        default="10m",
    ),
)
RETRY: Final = _keys(
    "'retry'",
    Key("attempts", ATTEMPTS, "How often a step is tried in all; 1 means no second attempt.", default=3),
    Key("backoff", BACKOFF, "How long to wait between attempts: initial, initial * factor, and so on up to maximum."),
    Key(
        "exit_codes",
        Or(word="any", kind=EXIT_CODES),
        "Exit codes worth another attempt, beside 75 which always is. `any` is every code but 64, 65 and 78, "
        "by which a step says that another attempt would end the same.",
        default="any",
    ),
)
_CPU: Final = Key("cpu", CPU, "CPUs of one task.", default=1)
_MEMORY: Final = Key(
    "memory",
    Word(
        expected="an amount of memory",
        remedy="Write for example 512Mi or 2Gi.",
        parse=memory_mib,
        pattern=MEMORY,
        examples=("512Mi", "2Gi"),
    ),
    "Memory of one task, in Mi or Gi; files that a step writes to its own disk count. It must fit the CPUs: "
    "512Mi to 4Gi with 1, 512Mi to 8Gi with 2, 2Gi to 16Gi with 4, 4Gi to 24Gi with 6, 4Gi to 32Gi with 8. "
    "Without it a step has the least.",
)
_TIMEOUT: Final = Key(
    "timeout",
    _duration(_SECOND, 7 * _DAY),
    "How long one attempt may take; it is then stopped and counts as failed.",
    default="10m",
)
_RETRY: Final = Key(
    "retry", RETRY, "What is done when an attempt fails. Keys that are left out are taken from `defaults`."
)
_ENV: Final = (
    "Environment variables, all of them text: quote numbers and words such as yes. "
    "Names that nightjar or Cloud Run set are refused."
)
DEFAULTS: Final = _keys(
    "'defaults'",
    _CPU,
    _MEMORY,
    _TIMEOUT,
    _RETRY,
    Key("env", ENVIRONMENT, f"{_ENV} A step's own value for a name wins."),
)
OUTPUT: Final = _keys(
    "an output",
    Key("name", OUTPUT_NAME, "Name of an object in the step's manifest.", required=True),
    Key(
        "freshness",
        _duration(_MINUTE, 366 * _DAY),
        "How old the newest one may become before somebody is told. Without it nobody is.",
    ),
)
STEP: Final = _keys(
    "the step",
    Key("description", DESCRIPTION, "What the step does, in a sentence.", default=""),
    Key("needs", NEEDS, "Steps that have to be finished before this one starts.", default=[]),
    Key(
        "when",
        WHEN,
        "On which end of the steps that it needs the step starts: `all_success`, or `all_done` also after a failure.",
        default="all_success",
    ),
    Key(
        "tasks",
        TASKS,
        "Into how many tasks (shards) the step is cut; each reads CLOUD_RUN_TASK_INDEX and CLOUD_RUN_TASK_COUNT.",
        default=1,
    ),
    Key("parallelism", TASKS, "How many of the tasks run at once; all of them if it is left out."),
    _CPU,
    _MEMORY,
    _TIMEOUT,
    _RETRY,
    Key("env", ENVIRONMENT, _ENV),
    Key(
        "secrets",
        SECRETS,
        "Environment variables whose values are secrets: the variable's name and that of the secret in Secret Manager. "
        "There are none in `defaults`: each step gets the rights to its own.",
    ),
    Key(
        "outputs",
        ListOf(expected="a list of outputs", item=OUTPUT, most=100, repeats=True),
        "Objects that others read, and how fresh they have to be.",
    ),
    Key(
        "image",
        IMAGE,
        "REGISTRY/PATH@sha256:DIGEST for a step whose image is built elsewhere. Without it, steps/NAME is built.",
    ),
)
ALERT: Final = _keys(
    "an alert",
    Key(
        "tell",
        TELL,
        "Of what: `failed` (a run ended with a failed step), `retried` (a step failed and will be tried again), `late` "
        "(the run's deadline or an output's freshness passed), `recovered` (a run succeeded after a failed one), "
        "`summary` (a run ended).",
        required=True,
    ),
    Key(
        "webhook",
        WEBHOOK,
        "Name of the secret in Secret Manager whose value is the address of a Slack-compatible webhook.",
        required=True,
    ),
)
SCHEDULE: Final = _keys(
    "'schedule'",
    Key("cron", CRON, "When a run is started: minute, hour, day of the month, month, day of the week.", required=True),
    Key(
        "time_zone",
        TIME_ZONE,
        "Zone of the cron expression and of the days that runs are for, a name of the IANA time zone database. "
        "America/New_York follows daylight saving time, EST does not.",
        required=True,
    ),
    Key(
        "offset_days",
        OFFSET_DAYS,
        "How many days before its start the day of a run lies; 1 is the day before.",
        default=1,
    ),
    Key(
        "catch_up",
        CATCH_UP,
        "How many missed days before the due one a scheduled trigger runs first, in order; 0 for none.",
        default=3,
    ),
)
PIPELINE: Final = _keys(
    "the pipeline",
    Key("name", PIPELINE_NAME, "Name of the pipeline: lower-case letters, digits and dashes.", required=True),
    Key("description", DESCRIPTION, "What the pipeline is for, in a sentence.", default=""),
    Key("schedule", SCHEDULE, "When it runs, and for which day.", required=True),
    Key(
        "deadline",
        _duration(_MINUTE, 167 * _HOUR),
        "How long a run may take in all, retries and waits included; no step's timeout may be longer.",
        default="24h",
    ),
    Key("parallelism", STEPS_AT_ONCE, "How many steps run at once.", default=4),
    Key("defaults", DEFAULTS, "What holds for each step that says nothing else."),
    Key(
        "alerts",
        ListOf(expected="a list of alerts", item=ALERT, most=MOST_ALERTS, repeats=True),
        "Who is told of what, one entry a webhook.",
    ),
    Key(
        "steps",
        MapOf(
            expected="a mapping of steps",
            remedy="Write the name of a step and below it its keys; './bazelw run //:new_step -- NAME' does.",
            key=STEP_NAME,
            value=STEP,
            least=1,
            most=MOST_STEPS,
        ),
        "The steps by name: lower-case letters, digits and underscores. "
        "A step is the folder steps/NAME, unless it has an image.",
        required=True,
    ),
)
