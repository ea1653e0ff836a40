from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from orchestrator.core.model import Output, Pipeline
from orchestrator.core.spec import SpecError, from_json, resolve, to_json
from orchestrator.core.spec.resolved import to_value
from orchestrator.core.spec.strategies import pipelines

SMALL = resolve(
    "name: demo\nschedule: {cron: '1 0 * * *', time_zone: UTC}\nsteps: {first: {}, second: {needs: [first]}}\n"
)


def check_refused(change: Callable[[Any], object], *says: str) -> None:
    """The JSON of a small pipeline with this change is refused, with exactly these problems."""
    value = to_value(SMALL)
    change(value)
    with pytest.raises(SpecError) as caught:
        from_json(json.dumps(value))
    assert tuple(str(problem) for problem in caught.value.problems) == says


def test_the_resolved_form_is_pinned() -> None:
    """The text that other programs read changes only on purpose."""
    step = (
        '{"cpu":1,"description":"","env":{},"image":null,"memory_mib":512,"name":"first","needs":[],"outputs":[],'
        '"parallelism":1,"retry":{"attempts":3,"backoff":{"factor":2,"initial_seconds":10,"maximum_seconds":600},'
        '"exit_codes":null},"secrets":{},"tasks":1,"timeout_seconds":600,"when":"all_success"}'
    )
    other = step.replace('"first"', '"second"').replace('"needs":[]', '"needs":["first"]')
    assert to_json(SMALL) == (
        '{"alerts":[],"deadline_seconds":86400,"description":"","format":1,"name":"demo","parallelism":4,'
        '"schedule":{"catch_up":3,"cron":"1 0 * * *","offset_days":1,"time_zone":"UTC"},'
        f'"steps":[{step},{other}]}}\n'
    )


@settings(deadline=None)
@given(pipelines())
def test_what_is_written_reads_back(pipeline: Pipeline) -> None:
    """Any pipeline survives the way to JSON and back, its steps in their order."""
    back = from_json(to_json(pipeline))
    assert back == pipeline
    assert list(back.steps) == list(pipeline.steps)


@settings(deadline=None)
@given(pipelines(most_steps=3))
def test_equal_pipelines_have_one_text(pipeline: Pipeline) -> None:
    """The text depends on the value alone, not on the order in which mappings were filled."""
    reordered = {
        name: dataclasses.replace(step, env=dict(reversed(list(step.env.items()))))
        for name, step in pipeline.steps.items()
    }
    assert to_json(dataclasses.replace(pipeline, steps=reordered)) == to_json(pipeline)


def test_fractions_of_a_second_are_kept() -> None:
    """A pipeline that a test makes may wait for milliseconds."""
    pipeline = dataclasses.replace(SMALL, deadline=timedelta(milliseconds=1_500))
    assert from_json(to_json(pipeline)).deadline == timedelta(milliseconds=1_500)


def test_outputs_keep_their_freshness() -> None:
    """Also that one has none."""
    outputs = (Output(name="page.html", freshness=timedelta(hours=36)), Output(name="x", freshness=None))
    step = dataclasses.replace(SMALL.steps["first"], outputs=outputs)
    pipeline = dataclasses.replace(SMALL, steps={**SMALL.steps, "first": step})
    assert from_json(to_json(pipeline)).steps["first"].outputs == outputs


def test_a_step_whose_name_is_no_text_is_told_once() -> None:
    """There is no second problem about what needs it or what it needs."""
    says = "stands where the name of a step is expected. Use lower-case letters, digits and underscores;"
    check_refused(
        lambda value: value["steps"][1].update(name=["second"]),
        f"steps[1].name: A list {says} start with a letter.",
    )


def test_unknown_and_missing_keys_are_problems() -> None:
    """The reader guesses no default and drops nothing."""
    check_refused(lambda value: value.update(extra=1), _unknown("extra"))
    check_refused(
        lambda value: value.pop("parallelism"), "'parallelism' is missing. Add 'parallelism:' to the resolved pipeline."
    )
    check_refused(lambda value: value.update(steps=[]), "steps: 0 items stand where 1 to 999 are possible.")
    check_refused(lambda value: value["steps"][0].pop("env"), "steps[0]: 'env' is missing. Add 'env:' to the step.")


def test_a_form_without_the_later_keys_is_read() -> None:
    """What was written before there were alerts tells nobody and catches up on nothing."""
    value = to_value(SMALL)
    del value["alerts"], value["schedule"]["catch_up"]
    schedule = dataclasses.replace(SMALL.schedule, catch_up=0)
    assert from_json(json.dumps(value)) == dataclasses.replace(SMALL, schedule=schedule, alerts=())


def test_a_webhook_has_one_entry() -> None:
    """What was edited by hand cannot have one webhook told in two orders."""
    rule = {"tell": ["late"], "webhook": "team"}
    check_refused(
        lambda value: value.update(alerts=[rule, rule]),
        "alerts[1].webhook: 'team' has an entry already. Put both into one 'tell'.",
    )


def test_another_format_is_refused() -> None:
    """A form of a later version is not misread."""
    check_refused(
        lambda value: value.update(format=2), "format: 2 cannot be the format of a resolved pipeline. Write one of 1."
    )


def test_the_graph_is_checked_again() -> None:
    """What was edited by hand cannot hand the orchestrator a circle, an unknown step or a step twice."""
    circle = "These steps need each other in a circle: first -> second -> first. Remove one of these needs."
    check_refused(lambda value: value["steps"][0].update(needs=["second"]), f"steps[0].needs: {circle}")
    check_refused(
        lambda value: value["steps"][0].update(needs=["nobody"]),
        "steps[0].needs[0]: 'nobody' is no step. Known are: second.",
    )
    check_refused(
        lambda value: value["steps"].append(value["steps"][0]),
        "steps[2].name: The step 'first' stands here twice. Keep one of them.",
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "This is no JSON: Expecting value. Write it anew with the command it is from."),
        (
            "{",
            (
                "This is no JSON: Expecting property name enclosed in double quotes. "
                "Write it anew with the command it is from."
            ),
        ),
        ("[" * 200_000, "This is JSON that no program of nightjar wrote. Write it anew."),
        ('{"a":' * 200_000, "This is JSON that no program of nightjar wrote. Write it anew."),
        (" " * (1 << 24) + "1", "The text has more than 16,777,216 characters. Is this the right file?"),
        ("1" * 5_000, "This is JSON that no program of nightjar wrote. Write it anew."),
    ],
)
def test_what_is_no_json_is_told(text: str, says: str) -> None:
    """Damage and hostility end in a message."""
    with pytest.raises(SpecError) as caught:
        from_json(text)
    assert [f"{each.message} {each.remedy}" for each in caught.value.problems] == [says]


@pytest.mark.parametrize("text", ["null", "[]", "NaN", "1e999", '"\\ud800"', "true", "{}", '{"steps":[{}],"steps":3}'])
def test_other_json_is_told(text: str) -> None:
    """Any JSON value that is no pipeline gives problems with their places."""
    with pytest.raises(SpecError, match=r"^pipeline\.json: "):
        from_json(text)


def _unknown(key: str) -> str:
    names = "format, name, description, schedule, deadline_seconds, parallelism, steps, alerts"
    return f"{key}: '{key}' is no key here. Known are: {names}."
