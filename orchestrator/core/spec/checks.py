"""What several keys say together: steps that exist, no circle, memory that fits the CPUs, limits that hold.

Each check takes what was read, skips what was refused already, and notes every problem at the place to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from orchestrator.core import graph
from orchestrator.core.model import ORCHESTRATOR, secret_variable
from orchestrator.core.problems import Findings, did_you_mean, quote
from orchestrator.core.spec import tree
from orchestrator.core.spec.grammar import MEMORY_OF_CPU
from orchestrator.core.spec.kinds import refuse
from orchestrator.core.spec.shapes import Record
from orchestrator.core.spec.tree import Node
from orchestrator.core.units import show_duration, show_memory
from steps.kit import contract

_SHOWN: Final = 20
"""Members of a circle that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A value that holds for a step, and where it was written."""

    value: Any
    node: Node


def setting(key: str, layers: Iterable[Record]) -> Setting | None:
    """The first layer that has the key decides; None when it has no valid value or no layer has one."""
    for layer in layers:
        if key in layer.refused:
            return None
        if key in layer.values:
            return Setting(value=layer.values[key], node=layer.at(key))
    return None


def check_needs(needs: Mapping[str, Node], findings: Findings) -> None:
    """Every step that is needed exists, is another one, and no steps need each other in a circle."""
    edges: dict[str, tuple[str, ...]] = {}
    for name, node in needs.items():
        items = (
            [item for item in node.items if isinstance(item, tree.Scalar)] if isinstance(node, tree.Sequence) else []
        )
        for item in items:
            if item.text == name:
                refuse(item, findings, f"{quote(name)} needs itself.", "Remove it.")
            elif item.text not in needs:
                refuse(item, findings, f"{quote(item.text)} is no step.", did_you_mean(item.text, set(needs) - {name}))
        edges[name] = tuple(item.text for item in items if item.text != name and item.text in needs)
    while (circle := graph.find_cycle(edges)) is not None:
        shown = circle if len(circle) <= _SHOWN else (*circle[: _SHOWN - 1], "…", circle[-1])
        members = " -> ".join((*shown, circle[0]))
        first = min(circle, key=list(needs).index)
        message = f"These steps need each other in a circle: {members}."
        refuse(needs[first], findings, message, "Remove one of these needs.")
        edges = {name: tuple(set(of) - set(circle)) if name in circle else of for name, of in edges.items()}


def check_job_name(pipeline: str, step: tree.Scalar, findings: Findings) -> None:
    """Cloud Run takes the name of the step's job, and no other part of the pipeline has it."""
    if step.text == ORCHESTRATOR:
        refuse(step, findings, f"{quote(step.text)} is what nightjar's own job is called.", "Name the step otherwise.")
    name = contract.job_name(pipeline, step.text)
    if len(name) > contract.JOB_NAME_LENGTH:
        message = f"The name of its Cloud Run job, {name}, has {len(name)} characters."
        refuse(
            step, findings, message, f"Shorten the step's or the pipeline's name to {contract.JOB_NAME_LENGTH} in all."
        )


def check_memory(cpu: Setting | None, memory: Setting | None, findings: Findings) -> None:
    """Cloud Run gives that memory to that many CPUs."""
    if cpu is None or memory is None or cpu.value not in MEMORY_OF_CPU:
        return
    least, most = MEMORY_OF_CPU[cpu.value]
    if least <= memory.value <= most:
        return
    cpus = f"{cpu.value} CPUs, which take"
    message = (
        f"{show_memory(memory.value)} of memory does not fit {'1 CPU, which takes' if cpu.value == 1 else cpus} "
        f"{show_memory(least)} to {show_memory(most)}."
    )
    fitting = [str(count) for count, (low, high) in MEMORY_OF_CPU.items() if low <= memory.value <= high]
    remedy = f"Write a memory in this range{f', or cpu: {" or ".join(fitting)}' if fitting else ''}."
    nodes = [each.node for each in (memory, cpu) if each.node.place.line is not None]
    refuse(max(nodes, key=lambda node: node.place.path.startswith("steps.")), findings, message, remedy)


def check_parallelism(tasks: Setting | None, parallelism: Setting | None, findings: Findings) -> None:
    """No more tasks run at once than there are."""
    if tasks is None or parallelism is None or parallelism.value <= tasks.value:
        return
    message = f"{parallelism.value} tasks cannot run at once where there are {tasks.value}."
    refuse(parallelism.node, findings, message, "Raise 'tasks', or leave 'parallelism' out.")


def check_backoff(initial: Setting | None, maximum: Setting | None, findings: Findings) -> None:
    """The first wait is not longer than the longest."""
    if initial is None or maximum is None or initial.value <= maximum.value:
        return
    message = (
        f"The first wait, {show_duration(initial.value)}, is longer than the longest, {show_duration(maximum.value)}."
    )
    written = maximum if maximum.node.place.line is not None else initial
    refuse(written.node, findings, message, "Raise 'maximum' or lower 'initial'.")


def check_timeout(timeout: Setting | None, deadline: Setting | None, findings: Findings) -> None:
    """One attempt of a step can end within the run's deadline."""
    if timeout is None or deadline is None or timeout.value <= deadline.value:
        return
    message = (
        f"One attempt may take {show_duration(timeout.value)}, but the whole run only {show_duration(deadline.value)}."
    )
    written = timeout if timeout.node.place.line is not None else deadline
    refuse(written.node, findings, message, "Lower 'timeout' or raise the pipeline's 'deadline'.")


def check_variables(record: Record, inherited: Record, findings: Findings) -> None:
    """No variable is both a text and a secret."""
    secrets = record.at("secrets")
    if not isinstance(secrets, tree.Mapping):
        return
    for layer in (record, inherited):
        for name in sorted(set(layer.values.get("env", {})) & set(record.values.get("secrets", {}))):
            line = layer.at("env").place.path
            message = f"{quote(name)} is both a secret and a variable of {line}."
            refuse(secrets.entries[name].key, findings, message, "Keep one of them.")


def check_alerts(alerts: Node, findings: Findings) -> None:
    """Each webhook has one entry: its secret names one variable, and it is told in one order."""
    seen: dict[str, str] = {}
    for item in alerts.items if isinstance(alerts, tree.Sequence) else ():
        entry = item.entries.get("webhook") if isinstance(item, tree.Mapping) else None
        if entry is None or not isinstance(entry.value, tree.Scalar):
            continue
        text, variable = entry.value.text, secret_variable(entry.value.text)
        if seen.get(variable) == text:
            refuse(entry.value, findings, f"{quote(text)} has an entry already.", "Put both into one 'tell'.")
        elif variable in seen:
            message = f"{quote(text)} and {quote(seen[variable])} are read from the same variable, {variable}."
            refuse(entry.value, findings, message, "Rename one of the secrets.")
        seen.setdefault(variable, text)


def check_outputs(outputs: Node, findings: Findings) -> None:
    """Each output of a step is listed once."""
    seen: set[str] = set()
    for item in outputs.items if isinstance(outputs, tree.Sequence) else ():
        entry = item.entries.get("name") if isinstance(item, tree.Mapping) else None
        if entry is None or not isinstance(entry.value, tree.Scalar):
            continue
        if entry.value.text in seen:
            refuse(entry.value, findings, f"{quote(entry.value.text)} is listed twice.", "Keep one of them.")
        seen.add(entry.value.text)
