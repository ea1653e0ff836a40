"""Reading a plan: resources by their address, with what will be known of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource as it will be. `key` is its key in `for_each`, empty for a resource without one."""

    address: str
    kind: str
    key: str
    values: Mapping[str, Any]


def resources(plan: Mapping[str, Any]) -> tuple[Resource, ...]:
    """All resources that will be, of all modules."""
    return tuple(_of_module(plan["planned_values"]["root_module"]))


def of_kind(plan: Mapping[str, Any], kind: str) -> tuple[Resource, ...]:
    """Those of one kind."""
    return tuple(each for each in resources(plan) if each.kind == kind)


def changed(plan: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """What is done to resources that do not stay as they are, by address."""
    actions = {each["address"]: tuple(each["change"]["actions"]) for each in plan.get("resource_changes", [])}
    return {address: done for address, done in actions.items() if done != ("no-op",)}


def outputs(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs that are known."""
    return {name: each.get("value") for name, each in plan["planned_values"].get("outputs", {}).items()}


def _of_module(module: Mapping[str, Any]) -> Iterator[Resource]:
    for each in module.get("resources", []):
        key = each.get("index", "")
        yield Resource(address=each["address"], kind=each["type"], key=str(key), values=each["values"])
    for child in module.get("child_modules", []):
        yield from _of_module(child)
