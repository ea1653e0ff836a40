"""How long Bazel takes for the images, in a copy of the repository: the caller's own Bazel and files stay as they are.

The copy's Bazel has an empty cache of its own and finds what was downloaded before. It is removed at the end.
"""

from __future__ import annotations

import pathlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tools.bazel import nested

_IMAGES = ("//steps:images", "//orchestrator:image")
_LINE = "\n_CHANGED = True\n"
_BLOBS = "image/blobs/sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Builds:
    """Seconds for all images, for one after a changed line, for it again; bytes that the changed line pushes."""

    everything: float
    changed: float
    unchanged: float
    pushed: int


def built_in_a_copy(repository: pathlib.Path) -> Builds:
    """Build there. Raises CalledProcessError with what Bazel said, OSError."""
    with _copy(repository) as copy:
        print("Building all images in a copy of the repository, from an empty cache …", flush=True)
        everything = _build(copy, *_IMAGES)
        step = next(path.parent for path in sorted(copy.glob("steps/*/__main__.py")))
        target = f"//steps/{step.name}:image"
        # Once before, so that what is timed is the change and not the first look at a smaller target.
        _build(copy, target)
        before = _blobs(copy, step.name)
        with (step / "__main__.py").open("a", encoding="utf-8") as file:
            file.write(_LINE)
        changed = _build(copy, target)
        after = _blobs(copy, step.name)
        return Builds(
            everything=everything,
            changed=changed,
            unchanged=_build(copy, target),
            pushed=sum(size for name, size in after.items() if name not in before),
        )


@contextmanager
def _copy(repository: pathlib.Path) -> Iterator[pathlib.Path]:
    """The repository's files as they are, without what git ignores."""
    listed = _run(repository, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nightjar-bench-"))
    try:
        for name in filter(None, listed.split("\0")):
            if (repository / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(repository / name, folder / name, follow_symlinks=False)
        yield folder
    finally:
        if (folder / "bazel-out").exists():
            nested.forget(folder, environ=nested.environ())
        shutil.rmtree(folder, ignore_errors=True)


def _build(folder: pathlib.Path, *targets: str) -> float:
    before = time.perf_counter()
    _run(folder, "./bazelw", "build", *targets)
    return time.perf_counter() - before


def _blobs(folder: pathlib.Path, step: str) -> dict[str, int]:
    """Size of every blob of a step's image, by digest."""
    return {path.name: path.stat().st_size for path in (folder / "bazel-bin/steps" / step / _BLOBS).iterdir()}


def _run(folder: pathlib.Path, *command: str) -> str:
    return nested.run(folder, *command, environ=nested.environ())
