"""Writes release.json: the resolved pipeline and what its steps run from, with the revision of the working tree.

`./bazelw run //deploy:release [-- --out FILE] [--runner process]`. The build makes all but the revision, which git
knows and a build that is to be the same everywhere must not. The form and its checks are in
`orchestrator.core.release`.
"""

from __future__ import annotations

import argparse
import enum
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from deploy.files import write
from orchestrator.core import release, spec
from orchestrator.core.errors import NightjarError
from orchestrator.core.model import ORCHESTRATOR, Image, Pipeline, Release

UNKNOWN = "unknown"


class Runner(enum.StrEnum):
    """How steps run on this machine: by a local Cloud Run or by nightjar itself from images, or as plain processes."""

    CLOUD_RUN = "cloud-run"
    IMAGES = "images"
    PROCESS = "process"

    @property
    def made(self) -> str:
        """Environment name of the file that the build made for it."""
        return "PROCESS_IMAGES" if self is Runner.PROCESS else "LAYOUT_IMAGES"


def main(arguments: list[str]) -> int:
    """Write the release; exit 0, or 65 where it is not valid."""
    parser = argparse.ArgumentParser(prog="release", description="Writes release.json for a run on this machine.")
    parser.add_argument("--out", default="release.json", help="the file to write, `-` for standard output")
    add_runner(parser)
    options = parser.parse_args(arguments)
    try:
        text = release.dumps(of_build(os.environ, workspace(), runner=options.runner))
    except NightjarError as error:
        print(error, file=sys.stderr)
        return 65
    if options.out == "-":
        print(text, end="")
        return 0
    path = pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), options.out)
    try:
        write(path, text)
    except OSError as error:
        print(f"release: {path} cannot be written: {error.strerror}", file=sys.stderr)
        return 78
    print(f"{path}: {release.loads(text).revision}")
    return 0


def add_runner(parser: argparse.ArgumentParser) -> None:
    """The flags that choose what the steps run from."""
    parser.add_argument(
        "--runner",
        type=Runner,
        choices=tuple(Runner),
        default=Runner.CLOUD_RUN,
        help="how the steps run: by a local Cloud Run, as in the cloud (the default), from their images without it, or "
        "as plain processes of this machine",
    )
    parser.add_argument(
        "--images", dest="runner", action="store_const", const=Runner.IMAGES, help="the same as --runner images"
    )


def workspace() -> pathlib.Path:
    """The repository's folder, as Bazel names it to the programs that it runs."""
    return pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", ".")).absolute()


def of_build(
    environ: os._Environ[str] | dict[str, str], repository: pathlib.Path, *, runner: Runner = Runner.IMAGES
) -> Release:
    """The release of the files that the build's target names: RESOLVED_PIPELINE and the runner's."""
    made = json.loads(pathlib.Path(environ[runner.made]).read_text())
    revision, dirty = revision_of(repository)
    pipeline = spec.from_json(pathlib.Path(environ["RESOLVED_PIPELINE"]).read_text())
    return Release(
        revision=revision,
        dirty=dirty,
        locks=made["locks"],
        pipeline=pipeline,
        images={name: _image(image) for name, image in made["images"].items()} | _foreign(pipeline),
        orchestrator=_image(made["orchestrator"]),
    )


def images_of(release: Release) -> dict[str, Image]:
    """The images of a release by the names that they have in a repository: each step's, then the orchestrator's."""
    own = {} if release.orchestrator is None else {ORCHESTRATOR: release.orchestrator}
    return {**release.images, **own}


def _foreign(pipeline: Pipeline) -> dict[str, Image]:
    """The images of steps that are built elsewhere, as the pipeline file names them."""
    refs = {name: step.image for name, step in pipeline.steps.items() if step.image is not None}
    return {name: Image(ref=ref, digest=ref.rpartition("@")[2], command=()) for name, ref in refs.items()}


def _image(made: Mapping[str, Any]) -> Image:
    return Image(ref=made["ref"], digest=made["digest"], command=tuple(made["command"]))


def revision_of(repository: pathlib.Path) -> tuple[str, bool]:
    """The commit and whether files differ from it; `unknown` and True where git cannot tell."""
    commit = _git(repository, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return UNKNOWN, True
    return commit, _git(repository, "status", "--porcelain") != ""


def _git(repository: pathlib.Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", repository, *arguments],  # noqa: S607 - the git of whoever calls.
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
