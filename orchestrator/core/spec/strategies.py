"""Pipelines for property tests: any that the grammar allows, with steps that need earlier ones."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from orchestrator.core.model import AlertKind, AlertRule, Backoff, Output, Pipeline, Retry, Schedule, Step, When
from orchestrator.core.spec.grammar import MEMORY_OF_CPU

_SECONDS = st.integers(1, 86_400).map(lambda seconds: timedelta(seconds=seconds))
_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
_VARIABLES = st.dictionaries(st.from_regex(r"[A-Z]{3}_[A-Z0-9_]{1,4}", fullmatch=True), _TEXT, max_size=3)
_BACKOFFS = st.builds(
    lambda first, longer, factor: Backoff(initial=first, factor=factor, maximum=first + longer),
    _SECONDS,
    st.integers(0, 1_000).map(lambda seconds: timedelta(seconds=seconds)),
    st.floats(1, 100).map(lambda factor: round(factor, 3)),
)
_RETRIES = st.builds(
    Retry,
    attempts=st.integers(1, 200),
    backoff=_BACKOFFS,
    exit_codes=st.none() | st.frozensets(st.sampled_from([1, 2, 63, 66, 75, 77, 79, 255])),
)
_OUTPUTS = st.lists(
    st.builds(Output, name=st.from_regex(r"[a-z][a-z0-9.]{0,9}", fullmatch=True), freshness=st.none() | _SECONDS),
    max_size=3,
    unique_by=lambda output: output.name,
).map(tuple)
_SCHEDULES = st.builds(
    Schedule,
    cron=st.sampled_from(["1 0 * * *", "*/5 8-18 * * MON-FRI"]),
    time_zone=st.sampled_from(["UTC", "America/New_York"]),
    offset_days=st.integers(0, 366),
    catch_up=st.integers(0, 31),
)
_ALERTS = st.lists(
    st.builds(
        AlertRule,
        tell=st.lists(st.sampled_from(AlertKind), min_size=1, unique=True).map(tuple),
        webhook=st.sampled_from(["team", "on-call", "Archive"]),
    ),
    max_size=3,
    unique_by=lambda rule: rule.webhook,
).map(tuple)


@st.composite
def steps(draw: st.DrawFn, name: str, before: tuple[str, ...]) -> Step:
    """A step that needs some of those before it."""
    cpu = draw(st.sampled_from(sorted(MEMORY_OF_CPU)))
    tasks = draw(st.integers(1, 10_000))
    needs = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
    return Step(
        name=name,
        description=draw(_TEXT),
        needs=tuple(needs),
        when=draw(st.sampled_from(When)),
        tasks=tasks,
        parallelism=draw(st.integers(1, tasks)),
        cpu=cpu,
        memory_mib=draw(st.integers(*MEMORY_OF_CPU[cpu])),
        timeout=draw(_SECONDS),
        retry=draw(_RETRIES),
        env=draw(_VARIABLES),
        secrets=draw(st.dictionaries(st.sampled_from(["A_SECRET", "B_SECRET"]), st.just("name"), max_size=2)),
        outputs=draw(_OUTPUTS),
        image=draw(st.none() | st.just(f"registry.example/image@sha256:{'0' * 64}")),
    )


@st.composite
def pipelines(draw: st.DrawFn, most_steps: int = 6) -> Pipeline:
    """A pipeline whose steps stand in any order in the file."""
    names = tuple(f"step_{number}" for number in range(draw(st.integers(1, most_steps))))
    drawn = {name: draw(steps(name, names[:number])) for number, name in enumerate(names)}
    return Pipeline(
        name=draw(st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)),
        description=draw(_TEXT),
        schedule=draw(_SCHEDULES),
        deadline=timedelta(seconds=draw(st.integers(86_400, 600_000))),
        parallelism=draw(st.integers(1, 999)),
        steps={name: drawn[name] for name in draw(st.permutations(names))},
        alerts=draw(_ALERTS),
    )
