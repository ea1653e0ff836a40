from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from orchestrator.core import release
from orchestrator.core.model import Image, Pipeline, Release
from orchestrator.core.release import ReleaseError
from orchestrator.core.spec import resolve
from orchestrator.core.spec.strategies import pipelines

DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"
FOREIGN = f"registry.example/dbt@{OTHER}"
PIPELINE = resolve(
    "name: demo\nschedule: {cron: '1 0 * * *', time_zone: UTC}\n"
    f"steps: {{first: {{}}, second: {{needs: [first]}}, third: {{image: '{FOREIGN}'}}}}\n"
)
RELEASE = Release(
    revision="0123abc",
    dirty=False,
    locks={"requirements.lock": "c" * 64},
    pipeline=PIPELINE,
    images={
        "first": Image(ref="process:", digest=DIGEST, command=("steps/first/first", "--x")),
        "second": Image(ref="layout:out/second", digest=DIGEST, command=()),
        "third": Image(ref=f"mirror.example:5000/a/dbt:1@{OTHER}", digest=OTHER, command=("dbt", "run")),
    },
    orchestrator=Image(ref=f"registry.example/orchestrator@{OTHER}", digest=OTHER, command=()),
)


def check_refused(change: Callable[[Any], object], *says: str) -> None:
    """The text of the release with this change is refused, with exactly these problems."""
    value = json.loads(release.dumps(RELEASE))
    change(value)
    with pytest.raises(ReleaseError) as caught:
        release.loads(json.dumps(value))
    assert tuple(str(problem) for problem in caught.value.problems) == says


def image(name: str, **changes: object) -> Callable[[Any], object]:
    """A change of one image."""
    return lambda value: value["images"][name].update(changes)


def test_a_release_reads_back() -> None:
    """Registry, layout and process are the three kinds of references."""
    assert release.loads(release.dumps(RELEASE)) == RELEASE


def test_the_text_is_canonical() -> None:
    """Sorted keys, no spaces, one line: equal releases have equal bytes."""
    text = release.dumps(RELEASE)
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) + "\n"
    assert text.startswith('{"dirty":false,"format":1,"images":{"first":{"command":["steps/first/first","--x"],')


@settings(deadline=None)
@given(pipelines(most_steps=4))
def test_any_pipeline_can_be_released(pipeline: Pipeline) -> None:
    """The resolved pipeline inside a release is the pipeline."""
    digest = f"sha256:{'0' * 64}"
    images = {name: Image(ref=f"registry.example/i@{digest}", digest=digest, command=()) for name in pipeline.steps}
    own = Image(ref="process:", digest=digest, command=("nightjar",))
    made = Release(revision="r", dirty=True, locks={}, pipeline=pipeline, images=images, orchestrator=own)
    assert release.loads(release.dumps(made)) == made


def test_a_release_fits_its_schema() -> None:
    """Whoever reads it by the schema takes what is written, and not what is left out."""
    document = json.loads(release.schema())
    value = json.loads(release.dumps(RELEASE))
    assert document["title"] == "nightjar release"
    assert [error.message for error in jsonschema.Draft202012Validator(document).iter_errors(value)] == []
    for key in value:
        assert not jsonschema.Draft202012Validator(document).is_valid({**value, key: None})


def test_images_are_for_exactly_the_steps() -> None:
    """A step without an image and an image without a step are both told, at once."""
    check_refused(
        lambda value: value["images"].update(secnd=value["images"].pop("second")),
        "images.secnd: 'secnd' is no step of the pipeline. Did you mean 'second'?",
        "images: The step 'second' has no image. Build the release anew.",
    )


def test_the_orchestrator_has_an_image_like_any_step() -> None:
    """It is checked by the same rules."""
    check_refused(
        lambda value: value["orchestrator"].update(digest=DIGEST),
        f"orchestrator.digest: {DIGEST!r} is not the digest of 'ref'. Make the two agree.",
    )


def test_references_and_digests_have_their_syntax() -> None:
    """A tag alone is no reference, and neither is a digest of another kind."""
    says = "is not a reference to an image. Write REGISTRY/PATH@sha256:DIGEST, layout:PATH or process:."
    for ref in ("registry.example/a:latest", "layout:", "process:x", f"registry@{DIGEST}", "https://x/y"):
        check_refused(image("first", ref=ref), f"images.first.ref: {ref!r} {says}")
    check_refused(
        image("first", digest="sha256:AB"),
        "images.first.digest: 'sha256:AB' is not a digest. Write sha256: and 64 hexadecimal digits in lower case.",
    )


def test_the_digest_is_that_of_the_reference() -> None:
    """What an attempt records is what the registry is asked for."""
    check_refused(
        image("first", ref=f"registry.example/a@{OTHER}"),
        f"images.first.digest: {DIGEST!r} is not the digest of 'ref'. Make the two agree.",
    )


@pytest.mark.parametrize("command", [[], ["/usr/bin/env"], ["../x"], ["a/../../x"], ["./a"], ["a//b"], ["a\\b"]])
def test_a_process_is_a_program_below_the_root(command: list[str]) -> None:
    """A release cannot name a program outside of the root that it is run with."""
    check_refused(
        image("first", command=command),
        "images.first.command: The program of a process is no path below the root. "
        "Begin the command with a relative path without '..'.",
    )


def test_a_foreign_image_is_the_one_that_the_pipeline_names() -> None:
    """Where it was copied to does not matter, its digest does."""
    check_refused(
        image("third", ref=f"registry.example/dbt@{DIGEST}", digest=DIGEST),
        f"images.third.digest: {DIGEST!r} is not the image that the pipeline names, {FOREIGN}. Build the release anew.",
    )


def test_all_problems_are_found_in_one_reading() -> None:
    """Those of the release, of its images and of its pipeline come together."""

    def change(value: Any) -> None:
        value.update(dirty="no", revision="", format=2)
        value["locks"]["requirements.lock"] = "x"
        value["pipeline"]["steps"][1]["needs"] = ["frist"]

    check_refused(
        change,
        "dirty: 'no' stands where true or false is expected. Write true or false, without quotes.",
        "format: 2 cannot be the format of a release. Write one of 1.",
        "locks.'requirements.lock': A SHA-256 has 64 characters, not 1. Write 64 hexadecimal digits.",
        "pipeline.steps[1].needs[0]: 'frist' is no step. Did you mean 'first'?",
        "revision: A revision has 1 to 100 characters, not 0. Write the commit.",
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "{", '{"format":1,"format":1}', "[" * 200_000])
def test_what_is_no_release_is_told(text: str) -> None:
    """Anything else ends in a message that names the file."""
    with pytest.raises(ReleaseError, match=r"^r\.json"):
        release.loads(text, source="r.json")


def test_a_wrong_release_is_not_written() -> None:
    """`dumps` refuses what `loads` would refuse, so a bad file is never made."""
    missing = Release(revision="r", dirty=False, locks={}, pipeline=PIPELINE, images={})
    with pytest.raises(ReleaseError, match="The step 'first' has no image"):
        release.dumps(missing)
    with pytest.raises(ReleaseError, match="'orchestrator'"):
        release.dumps(replace(RELEASE, orchestrator=None))
