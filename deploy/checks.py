"""What has to be there before a release is applied: its images, values of its secrets, sources that are committed."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping

from deploy.crane import Crane
from deploy.errors import DeployError, NotReady, WrongInput
from deploy.google import Missing
from deploy.release import images_of, revision_of
from deploy.repository import Repository
from deploy.target import Target
from orchestrator.core.model import Image, Release
from orchestrator.core.release import LAYOUT, PROCESS

_SHOWN = 12


def check(release: Release, workspace: pathlib.Path, crane: Crane, *, allow_dirty: bool, applied_before: bool) -> None:
    """Raise NotReady with everything that keeps a release from being applied."""
    dirty = () if allow_dirty else _dirty(release, workspace, applied_before=applied_before)
    if problems := [*dirty, *_images(release, crane)]:
        raise NotReady("\n".join(problems))


def check_secrets(wanted: Mapping[str, str], target: Target) -> None:
    """Raise NotReady with every secret, name to version, that has no value which a job could read."""
    if problems := [problem for name, version in sorted(wanted.items()) if (problem := _secret(target, name, version))]:
        raise NotReady("\n".join(problems))


def _dirty(release: Release, workspace: pathlib.Path, *, applied_before: bool) -> Iterator[str]:
    if release.dirty and not applied_before:
        yield (
            f"the release is of files that differed from the commit {release.revision[:_SHOWN]}: commit, push anew, or "
            "apply what nobody can build again by --allow-dirty"
        )
    revision, dirty = revision_of(workspace)
    if dirty:
        yield f"files here differ from the commit {revision[:_SHOWN]}: commit them, or --allow-dirty"


def _images(release: Release, crane: Crane) -> Iterator[str]:
    for name, image in images_of(release).items():
        if image.ref.startswith((LAYOUT, PROCESS)):
            yield f"{name} runs from {image.ref!r}, which is on one machine: `./bazelw run //deploy:push` pushes it"
        elif problem := _image(name, image, crane):
            yield problem


def _image(name: str, image: Image, crane: Crane) -> str:
    path = image.ref.partition("@")[0]
    try:
        repository = Repository.parse(path, source=f"images.{name}")
        found = crane.digest(image.ref, repository)
    except WrongInput as error:
        return str(error)
    except DeployError as error:
        if isinstance(error, NotReady):
            return f"the registry lacks the image of {name}, {image.ref}: `./bazelw run //deploy:push` sends it"
        raise
    return "" if found == image.digest else f"the registry has {found} for {image.ref}: push it anew"


def _secret(target: Target, name: str, version: str) -> str:
    path = f"/v1/projects/{target.values.project}/secrets/{name}"
    give = f"printf %s VALUE | ./bazelw run //deploy:secret -- --env {target.name} set {name}"
    try:
        state = target.secrets.get(f"{path}/versions/{version}").get("state", "")
    except Missing:
        if _exists(target, path):
            return f"the secret {name} has no version {version}: {give}"
        return (
            f"the secret {name} does not exist yet: ./bazelw run //deploy:apply -- --env {target.name} --only-secrets "
            f"makes it, then {give}"
        )
    return "" if state == "ENABLED" else f"version {version} of the secret {name} is {state.lower()}: {give}"


def _exists(target: Target, path: str) -> bool:
    try:
        target.secrets.get(path)
    except Missing:
        return False
    return True
