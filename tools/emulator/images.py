"""What a container's `image` means on this machine, checked when a job is written and held while a task runs from it.

`process:` is no image but a program of this machine; `layout:PATH@sha256:DIGEST` lies in a folder; any other reference
is pulled from its registry by its digest (`registry`) into a folder first. An image never changes under a job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.core.release import LAYOUT, PROCESS
from orchestrator.runners import bubblewrap
from orchestrator.runners.images import Images, Unpacked
from orchestrator.runners.layouts import ImageError, Layout, hexadecimal

type Pull = Callable[[str, Path], None]
"""Fill a layout with the image of a reference by digest. Raises ImageError."""


class Sources:
    """Where images come from; `root` is what relative paths of layouts begin at."""

    def __init__(self, state: Path, root: Path, *, bwrap: Path | None, pull: Pull) -> None:
        self._layouts = state / "layouts"
        self._images = Images(state / "images")
        self._root = root
        self._bwrap = bwrap
        self._pull = pull

    def resolve(self, reference: str) -> str:
        """The reference by digest, its image at hand. Raises ImageError with a remedy."""
        if reference == PROCESS:
            return reference
        if (problem := bubblewrap.problem(self._bwrap)) is not None:
            raise ImageError(problem)
        place, digest = self._split(reference)
        layout = self._layout(place, digest)
        if not digest:
            digest = _only(layout)
        unpacked = self._images.unpack(layout, digest)
        bubblewrap.user(unpacked.config, unpacked.root)
        return f"{place}@{digest}"

    @contextmanager
    def held(self, reference: str) -> Iterator[tuple[Path, Unpacked, int]]:
        """Bubblewrap, the unpacked image, and a lock on it to pass on. Raises ImageError."""
        if self._bwrap is None:
            raise ImageError(bubblewrap.problem(None) or "")
        place, digest = self._split(reference)
        with self._images.held(self._layout(place, digest), digest) as (unpacked, lock):
            yield self._bwrap, unpacked, lock

    def _split(self, reference: str) -> tuple[str, str]:
        place, _, digest = reference.partition("@")
        if digest:
            hexadecimal(digest)
        elif not place.startswith(LAYOUT):
            raise ImageError(f"Image '{reference}' has no digest: name it as HOST/PATH@sha256:DIGEST")
        return place, digest

    def _layout(self, place: str, digest: str) -> Layout:
        if place.startswith(LAYOUT):
            return Layout(self._root / place.removeprefix(LAYOUT))
        layout = Layout(self._layouts / hexadecimal(digest))
        if not self._images.has(digest) and not (layout.folder / "index.json").exists():
            self._pull(f"{place}@{digest}", layout.folder)
        return layout


def _only(layout: Layout) -> str:
    digests = layout.digests()
    if len(digests) != 1:
        raise ImageError(f"{layout.folder} has {len(digests)} images: add @sha256:DIGEST to say which")
    return digests[0]
