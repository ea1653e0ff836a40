"""The text of pipeline.yaml to a Pipeline with every default resolved, or every problem at once.

A value is the step's own, else that of `defaults`, else the built-in one of `grammar`; `retry` and `backoff` are taken
key by key, `env` name by name. It does no I/O: whoever calls it has read the file (`decode`) and names it (`source`).
"""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from orchestrator.core.model import AlertKind, AlertRule, Backoff, Output, Pipeline, Retry, Schedule, Step, When
from orchestrator.core.problems import Enough, Findings, InputError, Place, Problem
from orchestrator.core.spec import checks, tree
from orchestrator.core.spec.checks import Setting, setting
from orchestrator.core.spec.grammar import BACKOFF, DEFAULTS, MEMORY_OF_CPU, PIPELINE, RETRY, SCHEDULE, STEP
from orchestrator.core.spec.kinds import INVALID
from orchestrator.core.spec.shapes import Keys, Record

_NOTHING: Final = tree.Broken(place=Place(path=""))
_PIPELINE: Final = PIPELINE.defaults()
_SCHEDULE: Final = SCHEDULE.defaults()
_STEP: Final = STEP.defaults()
_RETRY: Final = RETRY.defaults()
_BACKOFF: Final = BACKOFF.defaults()


class SpecError(InputError):
    """pipeline.yaml, or the resolved form of it, is not one that can be run."""


def resolve(text: str, *, source: str = "pipeline.yaml") -> Pipeline:
    """Read the text of a pipeline file. Raises SpecError with every problem that it has."""
    # Whoever reads the resolved form alone, as every run does, need not load YAML.
    from orchestrator.core.spec import yaml_tree  # noqa: PLC0415

    findings = Findings()
    with contextlib.suppress(Enough):
        record = PIPELINE.read(yaml_tree.parse(text, findings), findings)
        drafts = {} if record is INVALID else _drafts(record, findings)
    if findings.problems or record is INVALID:
        raise SpecError(findings.in_order(), source=source, text=text)
    return _pipeline(record, drafts)


def decode(data: bytes, *, source: str = "pipeline.yaml") -> str:
    """The text of a file's bytes. Raises SpecError that names the line which is not UTF-8."""
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as err:
        byte = f"0x{data.removeprefix(codecs.BOM_UTF8)[err.start]:02x}"
        problem = Problem(
            path="",
            line=data.count(b"\n", 0, err.start) + 1,
            column=None,
            value=byte,
            message=f"The byte {byte} is not UTF-8.",
            remedy="Save the file in UTF-8.",
        )
        raise SpecError((problem,), source=source) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What is said about a step: layers of records, the nearest first, the built-in one last."""

    own: Record
    inherited: Record
    layers: tuple[Record, ...]
    retry: tuple[Record, ...]
    backoff: tuple[Record, ...]

    def get(self, key: str) -> Setting | None:
        return setting(key, self.layers)


def _drafts(record: Record, findings: Findings) -> dict[str, _Draft]:
    """Lay what each step says over the defaults, and check what several keys say together."""
    inherited = _sub("defaults", record, DEFAULTS) or Record(node=_NOTHING, values={})
    steps: Mapping[str, Record] = record.values.get("steps", {})
    drafts = {name: _draft(own, inherited) for name, own in steps.items()}
    node = record.at("steps")
    entries = node.entries if isinstance(node, tree.Mapping) else {}
    checks.check_needs({name: needs_of(entry.value) for name, entry in entries.items()}, findings)
    checks.check_alerts(record.at("alerts"), findings)
    deadline = setting("deadline", (record, _PIPELINE))
    for name, draft in drafts.items():
        checks.check_job_name(record.values.get("name", ""), entries[name].key, findings)
        _check(draft, deadline, findings)
    return drafts


def needs_of(step: tree.Node) -> tree.Node:
    """The node of a step's needs; the step's own where there is none."""
    return Record(node=step, values={}).at("needs")


def _draft(own: Record, inherited: Record) -> _Draft:
    retry = tuple(found for layer in (own, inherited) if (found := _sub("retry", layer, RETRY)))
    backoff = tuple(found for layer in retry if (found := _sub("backoff", layer, BACKOFF)))
    return _Draft(
        own=own,
        inherited=inherited,
        layers=(own, inherited, _STEP),
        retry=(*retry, _RETRY),
        backoff=(*backoff, _BACKOFF),
    )


def _sub(key: str, layer: Record, keys: Keys) -> Record | None:
    """The record below a key; one in which everything is refused where the key's value was refused."""
    if key in layer.refused:
        return Record(node=layer.at(key), values={}, refused=frozenset(each.name for each in keys.keys))
    found: Record | None = layer.values.get(key)
    return found


def _check(draft: _Draft, deadline: Setting | None, findings: Findings) -> None:
    checks.check_memory(draft.get("cpu"), draft.get("memory"), findings)
    checks.check_parallelism(draft.get("tasks"), draft.get("parallelism"), findings)
    checks.check_backoff(setting("initial", draft.backoff), setting("maximum", draft.backoff), findings)
    checks.check_timeout(draft.get("timeout"), deadline, findings)
    checks.check_variables(draft.own, draft.inherited, findings)
    checks.check_outputs(draft.own.at("outputs"), findings)


def _value(key: str, layers: tuple[Record, ...], default: Any = None) -> Any:
    found = setting(key, layers)
    return default if found is None else found.value


def _pipeline(record: Record, drafts: Mapping[str, _Draft]) -> Pipeline:
    layers = (record, _PIPELINE)
    schedule = (record.values["schedule"], _SCHEDULE)
    return Pipeline(
        name=record.values["name"],
        description=_value("description", layers),
        schedule=Schedule(
            cron=_value("cron", schedule),
            time_zone=_value("time_zone", schedule),
            offset_days=_value("offset_days", schedule),
            catch_up=_value("catch_up", schedule),
        ),
        deadline=_value("deadline", layers),
        parallelism=_value("parallelism", layers),
        steps={name: _step(name, draft) for name, draft in drafts.items()},
        alerts=tuple(alert_of(rule.values) for rule in record.values.get("alerts", ())),
    )


def alert_of(values: Mapping[str, Any]) -> AlertRule:
    """The rule of what stands in one entry of `alerts`."""
    return AlertRule(tell=tuple(AlertKind(word) for word in values["tell"]), webhook=values["webhook"])


def _step(name: str, draft: _Draft) -> Step:
    layers = draft.layers
    cpu, tasks = _value("cpu", layers), _value("tasks", layers)
    return Step(
        name=name,
        description=_value("description", layers),
        needs=_value("needs", layers),
        when=When(_value("when", layers)),
        tasks=tasks,
        parallelism=_value("parallelism", layers, tasks),
        cpu=cpu,
        memory_mib=_value("memory", layers, MEMORY_OF_CPU[cpu][0]),
        timeout=_value("timeout", layers),
        retry=_retry(draft),
        env=dict(sorted({**draft.inherited.values.get("env", {}), **draft.own.values.get("env", {})}.items())),
        secrets=dict(sorted(draft.own.values.get("secrets", {}).items())),
        outputs=tuple(_output(output) for output in draft.own.values.get("outputs", ())),
        image=draft.own.values.get("image"),
    )


def _retry(draft: _Draft) -> Retry:
    exit_codes = _value("exit_codes", draft.retry)
    return Retry(
        attempts=_value("attempts", draft.retry),
        backoff=Backoff(
            initial=_value("initial", draft.backoff),
            factor=_value("factor", draft.backoff),
            maximum=_value("maximum", draft.backoff),
        ),
        exit_codes=None if exit_codes is None else frozenset(exit_codes),
    )


def _output(record: Record) -> Output:
    return Output(name=record.values["name"], freshness=record.values.get("freshness"))
