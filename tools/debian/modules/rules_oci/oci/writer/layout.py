"""Reads and writes an image as a folder: index.json, oci-layout and blobs/sha256, the OCI image layout.

Layers are relative links, never copies: a new one to its tar, a base's to the base's blob. Paths are therefore taken as
they are given, relative to Bazel's execution root, and never resolved.
"""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from oci.writer import documents
from oci.writer.documents import Document, Image, Written

_BLOBS = pathlib.PurePosixPath("blobs/sha256")


class LayoutError(Exception):
    """A folder is not the layout of one image."""


def read(folder: pathlib.Path) -> Image:
    """The image in a layout.

    Raises:
        LayoutError: it holds no image, several, or an index of images.
    """
    index = _json(folder / "index.json")
    manifest = _json(blob(folder, _only(folder, index)))
    config = _json(blob(folder, manifest["config"]["digest"]))
    return Image(index=index, manifest=manifest, config=config)


def digest(folder: pathlib.Path) -> str:
    """The digest of the image in a layout.

    Raises:
        LayoutError: it holds no image, several, or an index of images.
    """
    return _only(folder, _json(folder / "index.json"))


def write(folder: pathlib.Path, written: Written, *, layers: Mapping[str, pathlib.Path]) -> None:
    """Write a layout whose layers, by digest, link to files."""
    (folder / _BLOBS).mkdir(parents=True, exist_ok=True)
    (folder / "oci-layout").write_bytes(documents.OCI_LAYOUT)
    (folder / "index.json").write_bytes(written.index)
    for content in (written.manifest, written.config):
        blob(folder, documents.digest(content)).write_bytes(content)
    for name, path in layers.items():
        link = blob(folder, name)
        link.symlink_to(os.path.relpath(path, link.parent))


def blob(folder: pathlib.Path, name: str) -> pathlib.Path:
    """Where a layout has the blob whose digest is `name`."""
    return folder / _BLOBS / name.removeprefix("sha256:")


def _only(folder: pathlib.Path, index: Document) -> str:
    entries = index.get("manifests", [])
    if len(entries) != 1:
        raise LayoutError(f"{folder}: its index.json names {len(entries)} images; it has to be one")
    kind = entries[0].get("mediaType")
    if kind not in (documents.MANIFEST, documents.DOCKER_MANIFEST):
        raise LayoutError(f"{folder} has to hold one image, but it holds {kind}")
    return str(entries[0]["digest"])


def _json(path: pathlib.Path) -> Document:
    try:
        found: Any = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise LayoutError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise LayoutError(f"{path} is no JSON object")
    return found
