"""release.json: the resolved pipeline and the images that are deployed together, as canonical JSON and back.

The orchestrator, the emulator and Terraform read this file and nothing else of the repository. It holds no time, user,
host or tool version: the same sources make the same bytes. Who makes the images is in `deploy`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any, Final

from orchestrator.core.model import Image, Pipeline, Release
from orchestrator.core.problems import Enough, Findings, InputError, did_you_mean, quote
from orchestrator.core.spec import json_tree, tree
from orchestrator.core.spec.grammar import IMAGE, MOST_STEPS, STEP_NAME
from orchestrator.core.spec.kinds import INVALID, Flag, Text, Whole, refuse
from orchestrator.core.spec.resolved import ResolvedPipeline, canonical, to_value
from orchestrator.core.spec.schema import schema_text
from orchestrator.core.spec.shapes import Key, Keys, ListOf, MapOf, Record

FORMAT: Final = 1
"""Grows with a change that an older reader would misread."""
PROCESS: Final = "process:"
"""`ref` of a step that runs as a process of this machine, from no image."""
LAYOUT: Final = "layout:"
"""Begins the `ref` of an image that lies in a folder of this machine, an OCI layout."""

_DIGEST: Final = Text(
    expected="a digest",
    remedy="Write sha256: and 64 hexadecimal digits in lower case.",
    pattern="sha256:[0-9a-f]{64}",
    most=71,
)
_REF: Final = Text(
    expected="a reference to an image",
    remedy="Write REGISTRY/PATH@sha256:DIGEST, layout:PATH or process:.",
    pattern=rf"{IMAGE.pattern}|{LAYOUT}.+|{PROCESS}",
    most=4_096,
)
_IMAGE: Final = Keys(
    expected="an image",
    keys=(
        Key(
            "ref",
            _REF,
            "Where the image is: REGISTRY/PATH@sha256:DIGEST, layout:PATH for a folder of this machine, "
            "or process: for a program of this machine without an image.",
            required=True,
        ),
        Key(
            "digest",
            _DIGEST,
            "Digest of the image, or of what a process runs; every attempt records it.",
            required=True,
        ),
        Key(
            "command",
            ListOf(
                expected="a list of words",
                item=Text(expected="a word of a command", remedy="Write text.", most=32_768, lines=True),
                most=1_000,
                repeats=True,
            ),
            "Program and arguments. Empty for what the image says; for process: a path below the root comes first.",
            required=True,
        ),
    ),
)
_RELEASE: Final = Keys(
    expected="the release",
    keys=(
        Key(
            "format",
            Whole(expected="the format of a release", least=1, most=FORMAT, among=(FORMAT,)),
            "Version of this form.",
            required=True,
        ),
        Key(
            "revision",
            Text(expected="a revision", remedy="Write the commit.", pattern="[A-Za-z0-9][A-Za-z0-9._+-]*", most=100),
            "The commit that the images were built from.",
            required=True,
        ),
        Key("dirty", Flag(), "Whether files differed from that commit.", required=True),
        Key(
            "locks",
            MapOf(
                expected="a mapping from locks to their hashes",
                remedy="Write 'file: sha256'.",
                key=Text(
                    expected="the name of a file",
                    remedy="Write a path.",
                    pattern="[A-Za-z0-9._][A-Za-z0-9._/-]*",
                    most=200,
                ),
                value=Text(
                    expected="a SHA-256",
                    remedy="Write 64 hexadecimal digits.",
                    pattern="[0-9a-f]{64}",
                    least=64,
                    most=64,
                ),
                most=100,
            ),
            "SHA-256 of each lock file.",
            required=True,
        ),
        Key("pipeline", ResolvedPipeline(), "The resolved pipeline.", required=True),
        Key(
            "images",
            MapOf(
                expected="a mapping from steps to images",
                remedy="Write one for each step.",
                key=STEP_NAME,
                value=_IMAGE,
                most=MOST_STEPS,
            ),
            "The image of each step of the pipeline, and of nothing else.",
            required=True,
        ),
        Key("orchestrator", _IMAGE, "The image of the orchestrator, which starts the steps.", required=True),
    ),
)


class ReleaseError(InputError):
    """The text is no release that can be deployed or run."""


def loads(text: str, *, source: str = "release.json") -> Release:
    """Read the text of a release. Raises ReleaseError with every problem that it has."""
    findings = Findings()
    with contextlib.suppress(Enough):
        record = _RELEASE.read(json_tree.parse(text, findings), findings)
        if isinstance(record, Record):
            _check_images(record, findings)
    if findings.problems or record is INVALID:
        raise ReleaseError(findings.in_order(), source=source, text=text)
    images = {name: Image(**image.values) for name, image in record.values["images"].items()}
    same = {key: record.values[key] for key in ("revision", "dirty", "locks", "pipeline")}
    return Release(**same, images=images, orchestrator=Image(**record.values["orchestrator"].values))


def dumps(release: Release) -> str:
    """The one text of a release. Raises ReleaseError when `loads` would not read it."""
    text = canonical(_value(release))
    loads(text, source="the release")
    return text


def schema() -> str:
    """The text of deploy/release.schema.json."""
    return schema_text(
        "nightjar release",
        "The resolved pipeline and the digests of the images that are deployed together. Written by a program.",
        _RELEASE.schema(),
    )


def _value(release: Release) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "revision": release.revision,
        "dirty": release.dirty,
        "locks": dict(release.locks),
        "pipeline": to_value(release.pipeline),
        "images": {name: _image(image) for name, image in release.images.items()},
        **({} if release.orchestrator is None else {"orchestrator": _image(release.orchestrator)}),
    }


def _image(image: Image) -> dict[str, Any]:
    return {"ref": image.ref, "digest": image.digest, "command": list(image.command)}


def _check_images(record: Record, findings: Findings) -> None:
    """One image for each step, the parts of each image in agreement with each other and with the pipeline."""
    images: Mapping[str, Record] = record.values.get("images", {})
    own = record.values.get("orchestrator")
    for image in [*images.values(), *([own] if isinstance(own, Record) else [])]:
        if not image.refused and {"ref", "digest", "command"} <= set(image.values):
            _check_image(image, findings)
    pipeline: Pipeline | None = record.values.get("pipeline")
    node = record.at("images")
    if pipeline is None or not isinstance(node, tree.Mapping):
        return
    for name, entry in node.entries.items():
        if name not in pipeline.steps:
            refuse(
                entry.key, findings, f"{quote(name)} is no step of the pipeline.", did_you_mean(name, pipeline.steps)
            )
    for name in pipeline.steps.keys() - node.entries.keys():
        findings.add(node.place, f"The step {quote(name)} has no image.", "Build the release anew.", value=name)
    for name in pipeline.steps.keys() & images.keys():
        _check_foreign(pipeline.steps[name].image, images[name], findings)


def _check_image(image: Record, findings: Findings) -> None:
    ref, digest, command = (image.values[key] for key in ("ref", "digest", "command"))
    if not ref.startswith((LAYOUT, PROCESS)) and ref.rpartition("@")[2] != digest:
        refuse(image.at("digest"), findings, f"{quote(digest)} is not the digest of 'ref'.", "Make the two agree.")
    if ref == PROCESS and not (command and _is_below(command[0])):
        message = "The program of a process is no path below the root."
        refuse(image.at("command"), findings, message, "Begin the command with a relative path without '..'.")


def _check_foreign(wanted: str | None, image: Record, findings: Findings) -> None:
    """A step whose image is built elsewhere runs from that very image, wherever it was copied to."""
    digest = image.values.get("digest")
    if wanted is not None and digest is not None and wanted.rpartition("@")[2] != digest:
        message = f"{quote(digest)} is not the image that the pipeline names, {wanted}."
        refuse(image.at("digest"), findings, message, "Build the release anew.")


def _is_below(path: str) -> bool:
    parts = path.split("/")
    return re.fullmatch(r"[^\x00\\]+", path) is not None and not {"", "..", "."} & set(parts)
