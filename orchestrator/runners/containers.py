"""What an attempt runs: a program of this machine (`process:`), or an image's in bubblewrap (`layout:PATH`).

`process.py` starts and watches whatever command line it is given here. Images are unpacked when a release is checked,
so that starting a step takes milliseconds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from orchestrator.core.errors import NotStarted
from orchestrator.core.launch import Launch
from orchestrator.core.model import Image, Release
from orchestrator.core.release import LAYOUT, PROCESS
from orchestrator.runners import bubblewrap
from orchestrator.runners.bubblewrap import Mounts
from orchestrator.runners.images import Images
from orchestrator.runners.layouts import ImageError, Layout
from steps.kit import contract

MINIMAL = {"PATH": bubblewrap.PATH, "LANG": "C.UTF-8"}
"""The environment of a program that has none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to start: `contained` when it runs behind bubblewrap; `hold` is for whatever runs to keep open."""

    command: Sequence[str]
    environment: Mapping[str, str]
    contained: bool = False
    hold: int | None = None


class Programs:
    """The programs and images of a release; `root` is where it says that they are."""

    def __init__(self, root: Path, images: Images, *, bwrap: Path | None) -> None:
        self._root = root
        self._images = images
        self._bwrap = bwrap

    def check(self, release: Release) -> list[str]:
        """Every problem with what the pipeline's steps run from, each with its remedy. Unpacks images that are fine."""
        contained = [image for image in release.images.values() if image.ref.startswith(LAYOUT)]
        trouble = bubblewrap.problem(self._bwrap) if contained else None
        problems = [] if trouble is None else [trouble]
        problems += [
            f"step {name}: {problem}"
            for name in release.pipeline.steps
            if (problem := self._check(release.images[name])) is not None
        ]
        if contained and not problems:
            self._images.prune(keep={image.digest for image in contained})
        return problems

    @contextmanager
    def program(self, launch: Launch, *, scratch: Path) -> Iterator[Program]:
        """What an attempt runs, its image held. `scratch` has to exist. Raises NotStarted."""
        image = launch.image
        if image.ref == PROCESS:
            yield Program(command=[str(self._root / image.command[0]), *image.command[1:]], environment=MINIMAL)
            return
        if self._bwrap is None or not image.ref.startswith(LAYOUT):
            raise NotStarted(f"{launch.attempt}: {self._check(image) or bubblewrap.problem(self._bwrap)}")
        try:
            with self._images.held(self._layout(image), image.digest) as (unpacked, hold):
                config = unpacked.config
                yield Program(
                    command=bubblewrap.command(
                        self._bwrap,
                        unpacked,
                        image.command or config.command,
                        mounts=Mounts(writable=[scratch, *_storage(launch)]),
                    ),
                    environment=bubblewrap.environment(config),
                    contained=True,
                    hold=hold,
                )
        except ImageError as err:
            raise NotStarted(f"{launch.attempt}: {err}") from err

    def _check(self, image: Image) -> str | None:
        if image.ref.startswith(LAYOUT):
            return self._check_image(image)
        if image.ref == PROCESS and image.command:
            return _check_file(self._root / image.command[0])
        return (
            f"it runs from {image.ref!r}, which is nothing of this machine: the release must say "
            f"{LAYOUT}PATH, or {PROCESS!r} and a command"
        )

    def _check_image(self, image: Image) -> str | None:
        try:
            unpacked = self._images.unpack(self._layout(image), image.digest)
            bubblewrap.user(unpacked.config, unpacked.root)
        except ImageError as err:
            return str(err)
        if not image.command and not unpacked.config.command:
            return "its image names no program: give it an entrypoint"
        return None

    def _layout(self, image: Image) -> Layout:
        return Layout(self._root / image.ref.removeprefix(LAYOUT))


def _check_file(program: Path) -> str | None:
    if not program.is_file():
        return f"{program} does not exist: build it, or set --root to where the release's commands are"
    if not os.access(program, os.X_OK):
        return f"{program} cannot be executed: chmod +x it"
    return None


def _storage(launch: Launch) -> list[Path]:
    """The storage's folder, if it is one of this machine."""
    url = urlsplit(launch.environment[contract.STORAGE])
    return [Path(unquote(url.path))] if url.scheme == "file" else []
