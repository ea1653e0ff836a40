"""What an image is made of and how quickly it starts, measured on the image itself."""

from __future__ import annotations

import pathlib
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orchestrator.runners.images import Unpacked
from tools.images import layout
from tools.images.run import images
from tools.images.run.images import Named

_BIGGEST = 5
_STARTS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer of an image: what it is, why it is apart, and in how many of the images it is."""

    label: str
    digest: str
    what: str
    why: str
    size: int
    unpacked: int
    files: int
    shared_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An image. Sizes in bytes: `size` is compressed; `biggest` has files with theirs; `start` is seconds."""

    name: str
    digest: str
    layers: Sequence[Layer]
    biggest: Sequence[tuple[str, int]]
    start: float

    @property
    def size(self) -> int:
        """What a registry holds of it."""
        return sum(layer.size for layer in self.layers)

    @property
    def unpacked(self) -> int:
        """What its files take."""
        return sum(layer.unpacked for layer in self.layers)

    @property
    def shared(self) -> float:
        """The share of the compressed bytes that other images have as well."""
        return sum(layer.size for layer in self.layers if layer.shared_by > 1) / self.size


_KINDS = {
    "ssl": ("libssl, libexpat", "security updates come often, so they move little"),
    "base": ("the other Debian packages, accounts, CAs, time zones", "changes with a Debian point release"),
    "python": ("the interpreter, its library, bytecode", "changes with a release of Python"),
    "debs": ("Debian packages of this image alone", "the step asked for them"),
    "wheels": ("the small wheels together", "changes with the lock"),
    "kit": ("this repository's shared code", "changes with the kit, not with the step"),
    "app": ("the program itself", "changes daily; this is what a deploy pushes"),
    "shell": ("a shell", "for the debug variant alone"),
}


def describe(label: str) -> tuple[str, str]:
    """What the layer that this target makes is, and why it is a layer."""
    name = label.rpartition(":")[2]
    if name.startswith("wheel_"):
        return f"the wheel {name.removeprefix('wheel_')}", "large: it moves only when it changes itself"
    return _KINDS.get(name.rpartition("_")[2], (label, "see the target"))


def measure(named: Sequence[Named]) -> list[Measured]:
    """Measure images. Raises ImageError when one does not start."""
    read = {each.name: layout.read(each.folder) for each in named}
    shared = Counter(layer.digest for image in read.values() for layer in image.layers)
    contents = {layer.digest: _contents(layer) for image in read.values() for layer in image.layers}
    return [
        Measured(
            name=each.name,
            digest=read[each.name].digest,
            layers=[_layer(layer, contents[layer.digest], shared[layer.digest]) for layer in read[each.name].layers],
            biggest=_biggest([contents[layer.digest] for layer in read[each.name].layers]),
            start=start(images.unpack(each)),
        )
        for each in named
    ]


def start(image: Unpacked) -> float:
    """Seconds from nothing to the end of the image's own program that says its version, in bubblewrap."""
    return median(lambda: images.run(image, *image.config.command, "--version"), times=_STARTS)


def median(call: Callable[[], object], *, times: int) -> float:
    """The median of how long a call takes, after one that fills the caches."""
    call()
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        call()
        taken.append(time.perf_counter() - before)
    return statistics.median(taken)


def _layer(layer: layout.Layer, contents: dict[str, int], shared_by: int) -> Layer:
    what, why = describe(layer.label)
    return Layer(
        label=layer.label,
        digest=layer.digest,
        what=what,
        why=why,
        size=layer.size,
        unpacked=sum(contents.values()),
        files=len(contents),
        shared_by=shared_by,
    )


def _contents(layer: layout.Layer) -> dict[str, int]:
    """The files of a layer with their sizes."""
    return {"/" + str(pathlib.PurePosixPath(info.name)): info.size for info, _ in layer.members() if info.isreg()}


def _biggest(contents: Sequence[dict[str, int]]) -> list[tuple[str, int]]:
    files = [item for each in contents for item in each.items()]
    return sorted(files, key=lambda item: (-item[1], item[0]))[:_BIGGEST]
