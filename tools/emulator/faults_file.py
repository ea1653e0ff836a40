"""Faults as people write them, in a file or in the body of `POST /_faults`: read with every problem, and shown.

    {"seed": 7, "faults": [{"kind": "error", "method": "Jobs.RunJob", "code": "UNAVAILABLE", "when": "after"},
                           {"kind": "latency", "share": 0.1, "seconds": 2},
                           {"kind": "out_of_memory", "job": "toy-load"}]}

What the keys mean is in `faults`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from orchestrator.core.errors import ConfigurationError
from orchestrator.core.problems import Enough, Findings, InputError
from orchestrator.core.spec import json_tree
from orchestrator.core.spec.kinds import INVALID, Choice, Decimal, Or, Text, Whole, refuse
from orchestrator.core.spec.shapes import Key, Keys, ListOf, Record
from tools.emulator.errors import ApiError, Code, Violation
from tools.emulator.faults import OF_ATTEMPTS, Fault, Kind, When
from tools.emulator.script import Plan

NOTHING: Final = Plan()
_MOST: Final = 1_000
_TIMED: Final = frozenset({Kind.LATENCY, Kind.LATE, Kind.MAINTENANCE, Kind.MEMORY})
_NEEDED: Final[Mapping[Kind, str]] = dict.fromkeys((Kind.LATENCY, Kind.LATE, Kind.MAINTENANCE), "seconds")
_OF_KIND: Final[Mapping[str, frozenset[Kind]]] = {
    "method": frozenset(Kind) - OF_ATTEMPTS,
    "when": frozenset({Kind.ERROR, Kind.CUT, Kind.LATENCY}),
    "code": frozenset({Kind.ERROR}),
    "message": frozenset({Kind.ERROR, Kind.QUOTA}),
    "seconds": _TIMED,
    "per_minute": frozenset({Kind.QUOTA}),
}
"""Keys that only some kinds have."""
_PATTERN: Final = Text(
    expected="a pattern of names",
    remedy="Write a name; * stands for any characters.",
    pattern="[A-Za-z0-9.*?-]+",
    most=200,
)
_MET: Final = Whole(expected="a number of calls or attempts", least=0, most=10**9)
_FAULT: Final = Keys(
    expected="a fault",
    keys=(
        Key("kind", Choice(words=tuple(map(str, Kind))), "What goes wrong.", required=True),
        Key("method", _PATTERN, "The calls that it hits."),
        Key("job", _PATTERN, "The jobs whose calls or attempts it hits."),
        Key("nth", Whole(expected="the number of a call or attempt", least=1, most=10**9), "The first that it hits."),
        Key(
            "times", Or(word="null", kind=Whole(expected="a number of hits", least=1, most=10**9)), "How many it hits."
        ),
        Key("share", Decimal(expected="a probability", least=0, most=1), "Hits each with this probability."),
        Key("when", Choice(words=tuple(map(str, When))), "Before or after the call's effect."),
        Key("code", Choice(words=tuple(code.name for code in Code if code)), "The error's code."),
        Key("message", Text(expected="a message", remedy="Write text.", most=10_000), "The error's message."),
        Key("seconds", Decimal(expected="a time in seconds", least=0, most=604_800), "How long it lasts."),
        Key("per_minute", Whole(expected="a number of calls", least=1, most=10**6), "Calls that are possible."),
    ),
)
_PLAN: Final = Keys(
    expected="faults",
    keys=(
        Key("seed", Whole(expected="a seed", least=0, most=10**18 - 1), "What the shares are drawn by."),
        Key("faults", ListOf(expected="a list of faults", item=_FAULT, most=_MOST, repeats=True), "What goes wrong.",
            required=True),
        Key("met", ListOf(expected="a list of numbers", item=_MET, most=_MOST, repeats=True),
            "How many calls or attempts each was about, as it is shown; it changes nothing."),
        Key("hit", ListOf(expected="a list of numbers", item=_MET, most=_MOST, repeats=True),
            "How many of these it hit, as it is shown; it changes nothing."),
    ),
)  # fmt: skip


def read_file(path: Path) -> Plan:
    """Read a file. Raises ConfigurationError with every problem."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigurationError([f"{path} cannot be read: {err}"]) from err
    return loads(text, source=path.name)


def read_body(body: bytes) -> Plan:
    """Read what a client sent. Raises ApiError with every problem."""
    try:
        return loads(body.decode(errors="replace"), source="the body")
    except InputError as err:
        problems: Any = err.problems
        violations = [Violation(each.path or "faults", f"{each.message} {each.remedy}".strip()) for each in problems]
        raise ApiError(Code.INVALID_ARGUMENT, str(err), violations) from err


def loads(text: str, *, source: str) -> Plan:
    """Read faults. Raises InputError with every problem."""
    findings = Findings()
    record: Any = INVALID
    with contextlib.suppress(Enough):
        record = _PLAN.read(json_tree.parse(text, findings), findings)
        if record is not INVALID:
            for fault in record.values.get("faults", ()):
                _check(fault, findings)
    if findings.problems:
        raise InputError(findings.in_order(), source=source, text=text)
    return Plan(faults=tuple(_fault(each) for each in record.values["faults"]), seed=record.values.get("seed", 0))


def dumps(plan: Plan, met: Sequence[int], hit: Sequence[int]) -> str:
    """Faults as they can be written, how many calls or attempts each was about so far, and how many it hit."""
    faults = [{key: value for key, value in _shown(fault).items() if _has(fault.kind, key)} for fault in plan.faults]
    return json.dumps({"seed": plan.seed, "faults": faults, "met": list(met), "hit": list(hit)}, indent=2)


def _check(record: Record, findings: Findings) -> None:
    """Keys and kind agree."""
    if "kind" not in record.values:
        return
    kind = Kind(record.values["kind"])
    for key in record.values:
        if not _has(kind, key):
            refuse(record.at(key), findings, f"A fault of kind '{kind}' has no '{key}'.", "Leave it out.")
    if (needed := _NEEDED.get(kind)) is not None and needed not in record.values and needed not in record.refused:
        findings.add(record.node.place, f"'{needed}' is missing.", f"A fault of kind '{kind}' needs it.")
    if "share" in record.values and {"nth", "times"} & set(record.values):
        refuse(record.at("share"), findings, "'share' stands beside 'nth' or 'times'.", "Keep one of the two ways.")


def _has(kind: Kind, key: str) -> bool:
    return kind in _OF_KIND.get(key, frozenset(Kind))


def _fault(record: Record) -> Fault:
    values = dict(record.values)
    for name, convert in (("kind", Kind), ("when", When), ("code", Code.__getitem__)):
        if name in values:
            values[name] = convert(values[name])
    return Fault(**values)


def _shown(fault: Fault) -> dict[str, object]:
    which = {"nth": fault.nth, "times": fault.times} if fault.share is None else {"share": fault.share}
    return {
        "kind": fault.kind, "method": fault.method, "job": fault.job, **which, "when": fault.when,
        "code": fault.code.name, "message": fault.message, "seconds": fault.seconds, "per_minute": fault.per_minute,
    }  # fmt: skip
