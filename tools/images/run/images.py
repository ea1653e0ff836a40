"""The images of the build by their names, unpacked and ready to be run in bubblewrap on this machine."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from orchestrator.runners import bubblewrap
from orchestrator.runners.bubblewrap import Mounts
from orchestrator.runners.images import Images, Unpacked
from orchestrator.runners.layouts import ImageError, Layout

BUBBLEWRAP = "NIGHTJAR_BUBBLEWRAP"
"""Environment name of the path to bubblewrap; the build's targets set it."""
_HOME = "/tmp"  # noqa: S108  (the image's, in memory: the one place that is always writable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An image: its name and its layout's folder. A name that ends in `_debug` is the variant with a shell."""

    name: str
    folder: pathlib.Path


def built(root: pathlib.Path | None = None) -> dict[str, Named]:
    """The images among the files of the target that runs, by name: steps first, in the order of their names."""
    root = root or pathlib.Path.cwd()
    places = [*sorted(root.glob("steps/*/image*")), *sorted(root.glob("orchestrator/image*"))]
    named = [
        Named(name=place.parent.name + place.name.removeprefix("image"), folder=place)
        for place in places
        if (place / "index.json").is_file()
    ]
    return {each.name: each for each in named}


def find(name: str) -> Named:
    """An image by its name, or a layout's folder by its path. Raises ImageError that lists the names."""
    found = built()
    if name in found:
        return found[name]
    folder = pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), name).absolute()
    if (folder / "index.json").is_file():
        return Named(name=folder.name, folder=folder)
    raise ImageError(f"{name!r} is no image: name a layout's folder, or one of {', '.join(found)}")


def unpack(named: Named) -> Unpacked:
    """The image unpacked. Raises ImageError."""
    layout = Layout(named.folder)
    return _images().unpack(layout, layout.digests()[0])


@contextmanager
def held(named: Named) -> Iterator[tuple[Unpacked, int]]:
    """The image unpacked and locked; keep the descriptor open while something runs from it. Raises ImageError."""
    layout = Layout(named.folder)
    with _images().held(layout, layout.digests()[0]) as (unpacked, hold):
        yield unpacked, hold


def prepare() -> pathlib.Path:
    """Bubblewrap's path. Raises ImageError when it cannot make a container here."""
    program = pathlib.Path(os.environ[BUBBLEWRAP]).absolute() if BUBBLEWRAP in os.environ else None
    problem = bubblewrap.problem(program)
    if program is None or problem is not None:
        raise ImageError(problem or "")
    return program


def command(image: Unpacked, arguments: Sequence[str] = (), *, mounts: Mounts | None = None) -> list[str]:
    """The command line that runs the image's own program, or `arguments` in its place. Raises ImageError."""
    program = pathlib.Path(os.environ[BUBBLEWRAP]).absolute()
    return bubblewrap.command(program, image, arguments or image.config.command, mounts=mounts or Mounts())


def environment(image: Unpacked, own: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a program of the image."""
    return {**bubblewrap.environment(image.config), "HOME": _HOME, **(own or {})}


def run(image: Unpacked, *arguments: str, mounts: Mounts | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program of the image to its end. Raises ImageError when it fails."""
    done = subprocess.run(
        command(image, arguments, mounts=mounts),
        env=environment(image),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ImageError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    return done


def _images() -> Images:
    workspace = pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", ".")).absolute()
    return Images(workspace / ".nightjar" / "images")
