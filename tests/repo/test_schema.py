from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings

from orchestrator.core import release
from orchestrator.core.model import Image, Pipeline, Release
from orchestrator.core.spec import SpecError, resolve
from orchestrator.core.spec.schema import pipeline_schema
from orchestrator.core.spec.strategies import pipelines

ROOT = pathlib.Path(os.environ.get("SOURCES", "pyproject.toml")).parent
PIPELINE_SCHEMA = ROOT / "pipeline.schema.json"
RELEASE_SCHEMA = ROOT / "deploy/release.schema.json"
HEAD = "name: demo\nschedule: {cron: '1 0 * * *', time_zone: UTC}\n"
DIGEST = f"sha256:{'0' * 64}"

GOOD = [
    f"{HEAD}steps: {{a: {{}}}}",
    f"{HEAD}description: |\n  Two\n  lines.\ndeadline: 1h30m\nparallelism: 1\nsteps: {{a: {{needs: []}}}}",
    f"{HEAD}defaults: {{cpu: 2, memory: 2Gi, timeout: 90s, env: {{A: ''}}}}\nsteps: {{a: {{}}}}",
    f"{HEAD}defaults: {{retry: {{exit_codes: any}}}}\nsteps: {{a: {{}}}}",
    f"{HEAD}steps: {{a_1: {{tasks: 10000, parallelism: 1, when: all_done, cpu: 8, memory: 32Gi}}}}",
    f"{HEAD}steps: {{a: {{retry: {{attempts: 1, exit_codes: [1, 75]}}}}}}",
    f"{HEAD}steps: {{a: {{retry: {{backoff: {{initial: 1s, factor: 1.5, maximum: 2s}}}}}}}}",
    f"{HEAD}steps: {{a: {{env: {{NIGHTJAR_SERVICE: x}}, secrets: {{S: s}}}}}}",
    f"{HEAD}steps: {{a: {{outputs: [{{name: x.html}}, {{name: y, freshness: 1h}}]}}}}",
    f"{HEAD}steps: {{a: {{image: 'europe-docker.pkg.example/p/r/dbt:1.9@{DIGEST}'}}}}",
    f"{HEAD}alerts: []\nsteps: {{a: {{}}}}",
    f"{HEAD}alerts: [{{tell: [failed, late], webhook: a}}, {{tell: [summary], webhook: b}}]\nsteps: {{a: {{}}}}",
    "name: demo\nschedule: {cron: '1 0 * * *', time_zone: UTC, catch_up: 0}\nsteps: {a: {}}",
]
BAD = [
    "",
    "[]",
    "name: demo",
    f"{HEAD}steps: {{}}",
    f"{HEAD}steps: []",
    f"{HEAD}steps:",
    f"{HEAD}steps: {{a: }}",
    f"{HEAD}steps: {{A: {{}}}}",
    f"{HEAD}steps: {{a-b: {{}}}}",
    f"{HEAD}steps: {{{'a' * 41}: {{}}}}",
    f"{HEAD}other: 1\nsteps: {{a: {{}}}}",
    f"{HEAD}deadline: 3\nsteps: {{a: {{}}}}",
    f"{HEAD}deadline: 30m1h\nsteps: {{a: {{}}}}",
    f"{HEAD}parallelism: 0\nsteps: {{a: {{}}}}",
    f"{HEAD}parallelism: '4'\nsteps: {{a: {{}}}}",
    f"{HEAD}defaults: {{tasks: 2}}\nsteps: {{a: {{}}}}",
    f"{HEAD}defaults: {{secrets: {{A: b}}}}\nsteps: {{a: {{}}}}",
    "name: Demo\nschedule: {cron: '1 0 * * *', time_zone: UTC}\nsteps: {a: {}}",
    "name: demo\nschedule: {cron: '1 0 * *', time_zone: UTC}\nsteps: {a: {}}",
    "name: demo\nschedule: {cron: '1 0 * * *'}\nsteps: {a: {}}",
    "name: demo\nschedule: {cron: '1 0 * * *', time_zone: UTC, offset_days: -1}\nsteps: {a: {}}",
    "name: demo\nschedule: {cron: '1 0 * * *', time_zone: UTC, catch_up: 32}\nsteps: {a: {}}",
    *(
        f"{HEAD}alerts: {alerts}\nsteps: {{a: {{}}}}"
        for alerts in (
            "{tell: [late], webhook: a}",
            "[{tell: [late]}]",
            "[{webhook: a}]",
            "[{on: [late], webhook: a}]",
            "[{tell: late, webhook: a}]",
            "[{tell: [], webhook: a}]",
            "[{tell: [late, late], webhook: a}]",
            "[{tell: [never], webhook: a}]",
            "[{tell: [late], webhook: 'https://h.example/x'}]",
        )
    ),
    *(
        f"{HEAD}steps: {{a: {{}}, b: {{{keys}}}}}"
        for keys in (
            "needs: a",
            "needs: [a, a]",
            "needs: [A]",
            "when: always",
            "when: [all_done]",
            "cpu: 3",
            "cpu: 2.5",
            "cpu: '2'",
            "memory: 512",
            "memory: 512MB",
            "timeout: 600",
            "timeout: 1:30",
            "timeout: 10 m",
            "tasks: 0",
            "tasks: 10001",
            "tasks: no",
            "retry: 3",
            "retry: {attempts: 201}",
            "retry: {exit_codes: some}",
            "retry: {exit_codes: [0]}",
            "retry: {exit_codes: [65]}",
            "retry: {exit_codes: [1, 1]}",
            "retry: {backoff: {factor: 0}}",
            "retry: {backoff: {start: 1s}}",
            "env: [A]",
            "env: {A: 1}",
            "env: {A: no}",
            "env: {A: }",
            "env: {A: 2026-11-01}",
            "env: {A-B: x}",
            "env: {NIGHTJAR_RUN: x}",
            "env: {CLOUD_RUN_JOB: x}",
            "secrets: {K_SERVICE: x}",
            "secrets: {A: a/b}",
            "secrets: {A: ''}",
            "outputs: {name: x}",
            "outputs: [x]",
            "outputs: [{freshness: 1h}]",
            "outputs: [{name: /x}]",
            "image: a",
            "image: registry.example/a:latest",
            "depends_on: [a]",
        )
    ),
]
BEYOND_A_SCHEMA = [
    f"{HEAD}alerts: [{{tell: [late], webhook: a}}, {{tell: [failed], webhook: a}}]\nsteps: {{a: {{}}}}",
    f"{HEAD}steps: {{a: {{needs: [b]}}}}",
    f"{HEAD}steps: {{a: {{needs: [b]}}, b: {{needs: [a]}}}}",
    f"{HEAD}steps: {{a: {{cpu: 8, memory: 512Mi}}}}",
    f"{HEAD}steps: {{a: {{tasks: 2, parallelism: 3}}}}",
    f"{HEAD}steps: {{a: {{timeout: 2d}}}}",
    "name: demo\nschedule: {cron: '1 99 * * *', time_zone: Europe/Nowhere}\nsteps: {a: {}}",
]


def validator(path: pathlib.Path) -> jsonschema.Draft202012Validator:
    """The validator of a committed schema."""
    return jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def resolves(text: str) -> bool:
    """Whether the reader takes the text."""
    try:
        resolve(text)
    except SpecError:
        return False
    return True


@pytest.mark.parametrize(
    ("path", "made"),
    [(PIPELINE_SCHEMA, pipeline_schema()), (RELEASE_SCHEMA, release.schema())],
    ids=["pipeline", "release"],
)
def test_the_committed_schemas_are_what_the_readers_say(path: pathlib.Path, made: str) -> None:
    """Every key that a reader knows is in its schema and the reverse; `./bazelw run //tools/schemas` writes both."""
    assert path.read_text(encoding="utf-8") == made


@pytest.mark.parametrize("path", [PIPELINE_SCHEMA, RELEASE_SCHEMA], ids=["pipeline", "release"])
def test_the_schemas_are_schemas(path: pathlib.Path) -> None:
    """Editors read draft 2020-12, and every property is described."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert [name for name, each in properties(schema) if len(each.get("description", "")) < len("Whole words.")] == []


@pytest.mark.parametrize("text", GOOD)
def test_schema_and_reader_take_the_same(text: str) -> None:
    """What is right is right for both."""
    assert [error.message for error in validator(PIPELINE_SCHEMA).iter_errors(yaml.safe_load(text))] == []
    assert resolves(text)


@pytest.mark.parametrize("text", BAD)
def test_schema_and_reader_refuse_the_same(text: str) -> None:
    """A mistake of structure is one for the editor and for the reader."""
    assert not validator(PIPELINE_SCHEMA).is_valid(yaml.safe_load(text))
    assert not resolves(text)


@pytest.mark.parametrize("text", BEYOND_A_SCHEMA)
def test_what_a_schema_cannot_say_the_reader_says(text: str) -> None:
    """Meaning that spans several keys is the reader's part alone."""
    assert validator(PIPELINE_SCHEMA).is_valid(yaml.safe_load(text))
    assert not resolves(text)


def test_the_defaults_of_the_schema_are_those_of_the_reader() -> None:
    """A file with every default written out means the same as one without any."""
    schema = json.loads(PIPELINE_SCHEMA.read_text(encoding="utf-8"))
    value = yaml.safe_load(f"{HEAD}steps: {{a: {{}}}}")
    written = {**value, **defaults(schema)}
    written["schedule"] |= defaults(schema["properties"]["schedule"])
    written["steps"] = {"a": defaults(schema["properties"]["steps"]["additionalProperties"])}
    assert written["steps"]["a"]["timeout"] == "10m"
    assert resolve(yaml.safe_dump(written)) == resolve(f"{HEAD}steps: {{a: {{}}}}")


@settings(deadline=None)
@given(pipelines(most_steps=3))
def test_any_release_fits_its_schema(pipeline: Pipeline) -> None:
    """What the codec writes, other readers of the schema take."""
    image = Image(ref="process:", digest=DIGEST, command=("bin/it",))
    locks, images = {"a.lock": "0" * 64}, dict.fromkeys(pipeline.steps, image)
    made = Release(revision="r", dirty=False, locks=locks, pipeline=pipeline, images=images, orchestrator=image)
    text = release.dumps(made)
    assert [error.message for error in validator(RELEASE_SCHEMA).iter_errors(json.loads(text))] == []


def properties(schema: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every property of a schema, however deep, with its path."""
    if isinstance(schema, list):
        for each in schema:
            yield from properties(each, name)
    if not isinstance(schema, dict):
        return
    for key, value in schema.get("properties", {}).items():
        yield f"{name}.{key}", value
    for key, value in schema.items():
        for below, each in value.items() if key == "properties" else [(key, value)]:
            yield from properties(each, f"{name}.{below}")


def defaults(schema: Any) -> dict[str, Any]:
    """The defaults that a schema gives for the properties of an object, nested ones included."""
    found: dict[str, Any] = {}
    for name, each in schema["properties"].items():
        if name in {"defaults", "schedule", "steps"}:
            continue
        if "default" in each:
            found[name] = each["default"]
        elif "properties" in each:
            found[name] = defaults(each)
    return found
