"""Pushing the images of a release: what is there stays, what another image has is mounted, the rest is sent once.

The images go one after the other, so that each finds the layers of those before it. What was sent is what crane says
that it sent, never a difference of sizes. An interrupted push is continued by the same command.
"""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from deploy.errors import DeployError
from deploy.registry import Registry
from orchestrator.runners.layouts import Layout


class Watcher(Protocol):
    """Somebody who is told how a push goes on."""

    def began(self, name: str, missing: int) -> None:
        """An image is next, of which so many bytes are not there yet."""

    def arrived(self, size: int) -> None:
        """So many bytes of it have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """An image of this machine: its blobs by digest with their sizes, its manifest among them."""

    name: str
    layout: pathlib.Path
    digest: str
    sizes: Mapping[str, int]

    @property
    def size(self) -> int:
        """All that has to be in the registry."""
        return sum(self.sizes.values())

    @property
    def blobs(self) -> list[str]:
        """Layers and configuration."""
        return [digest for digest in self.sizes if digest != self.digest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What became of an image: bytes that were sent, and those that the registry took from another image."""

    name: str
    digest: str
    size: int
    uploaded: int
    mounted: int
    seconds: float


@dataclass(slots=True, kw_only=True)
class Push:
    """One push of some images. With `dry` nothing is sent, and `uploaded` is what would be."""

    registry: Registry
    tags: Sequence[str]
    watcher: Watcher
    dry: bool
    _where: dict[str, str] = field(default_factory=dict)
    """For each blob a name in the registry that has it."""

    def images(self, images: Sequence[Local]) -> Iterator[Pushed]:
        """Push each. Raises DeployError."""
        for image in images:
            yield self._image(image)

    def _image(self, image: Local) -> Pushed:
        began = time.monotonic()
        name = self.registry.repository.name(image.name)
        uploaded = mounted = 0
        if self.registry.digest(name, image.digest) is None:
            missing = [digest for digest in image.blobs if not self.registry.has_blob(name, digest)]
            taken = [digest for digest in missing if self._take(name, digest)]
            left = {digest: image.sizes[digest] for digest in (*missing, image.digest) if digest not in taken}
            self.watcher.began(image.name, sum(left.values()))
            uploaded = sum(left.values()) if self.dry else self._send(image)
            mounted = sum(image.sizes[digest] for digest in taken)
        self._where |= dict.fromkeys(image.blobs, name)
        if not self.dry:
            self._tag(image, name)
        return Pushed(
            name=image.name,
            digest=image.digest,
            size=image.size,
            uploaded=uploaded,
            mounted=mounted,
            seconds=time.monotonic() - began,
        )

    def _take(self, name: str, digest: str) -> bool:
        source = self._where.get(digest)
        return source is not None and (self.dry or self.registry.mount(name, digest, source=source))

    def _send(self, image: Local) -> int:
        """Let crane send what is missing; how many bytes that was."""
        repository, sent = self.registry.repository, dict[str, int]()

        def account(digest: str) -> None:
            sent[digest] = image.sizes[digest]
            self.watcher.arrived(sent[digest])

        self.registry.crane.push(image.layout, repository.ref(image.name, image.digest), repository, account)
        there = self.registry.digest(repository.name(image.name), image.digest)
        if there != image.digest:
            raise DeployError(f"{repository.ref(image.name, image.digest)} was pushed, but the registry has {there}")
        return sum(sent.values())

    def _tag(self, image: Local, name: str) -> None:
        repository = self.registry.repository
        for tag in self.tags:
            if self.registry.digest(name, tag) != image.digest:
                self.registry.crane.tag(repository.ref(image.name, image.digest), tag, repository)


def read(name: str, layout: pathlib.Path, digest: str) -> Local:
    """An image of this machine, its manifest checked. Raises ImageError."""
    folder = Layout(layout)
    manifest = folder.manifest(digest)
    sizes = {layer.digest: layer.size for layer in manifest.layers}
    sizes |= {manifest.config: folder.path(manifest.config).stat().st_size, digest: len(manifest.text)}
    return Local(name=name, layout=layout, digest=digest, sizes=sizes)
