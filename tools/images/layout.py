"""Reads an OCI image layout as Bazel writes it: one image, its configuration, and its layers as files."""

from __future__ import annotations

import json
import os
import pathlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer: the target that made it, its digest, its compressed size, and its file."""

    label: str
    digest: str
    size: int
    path: pathlib.Path

    def members(self) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
        """Each entry with its content, in the order of the layer."""
        with tarfile.open(self.path) as archive:
            for info in archive:
                file = archive.extractfile(info) if info.isfile() else None
                yield info, b"" if file is None else file.read()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image. `digest` is that of its manifest, `config` the whole configuration file."""

    digest: str
    config: dict[str, Any]
    layers: tuple[Layer, ...]

    @property
    def size(self) -> int:
        """What a registry holds of it: all layers, compressed."""
        return sum(layer.size for layer in self.layers)

    def unpack(self, folder: pathlib.Path) -> None:
        """Write its files below a folder; they belong to whoever does it."""
        for layer in self.layers:
            with tarfile.open(layer.path) as archive:
                # Links to absolute places are right in an image, and the layers are our own.
                archive.extractall(folder, filter=_taken_over)  # noqa: S202


def read(folder: pathlib.Path) -> Image:
    """Read a layout that holds one image."""
    index = json.loads((folder / "index.json").read_text())
    digest = index["manifests"][0]["digest"]
    manifest = json.loads(_blob(folder, digest).read_text())
    config = json.loads(_blob(folder, manifest["config"]["digest"]).read_text())
    layers = tuple(
        Layer(
            label=entry["created_by"].removeprefix("bazel build "),
            digest=layer["digest"],
            size=layer["size"],
            path=_blob(folder, layer["digest"]),
        )
        for layer, entry in zip(manifest["layers"], config["history"], strict=True)
    )
    return Image(digest=digest, config=config, layers=layers)


def _blob(folder: pathlib.Path, digest: str) -> pathlib.Path:
    return folder / "blobs" / digest.replace(":", "/")


def _taken_over(info: tarfile.TarInfo, _: str) -> tarfile.TarInfo:
    return info.replace(uid=os.getuid(), gid=os.getgid(), deep=False)
