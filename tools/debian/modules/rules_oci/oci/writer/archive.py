"""The tar that `docker load` reads, streamed from a layout. Nothing but the image and its names is in it.

Docker's own form: the config, the layers, and manifest.json, which says what they are. Owner, mode and time are fixed,
so equal images give equal tars. `load.py` feeds a loader with it.
"""

from __future__ import annotations

import io
import pathlib
import tarfile
from collections.abc import Sequence
from typing import IO

from oci.writer import documents, layout
from oci.writer.documents import Document

_MANIFEST = "manifest.json"
_MODE = 0o755
# 1 January 2023, as rules_oci has it; a loader takes the image's own times.
_TIME = 1672560000


def stream(folder: pathlib.Path, names: Sequence[str], target: IO[bytes]) -> None:
    """Write the layout's image with these names to `target`.

    Raises:
        layout.LayoutError: the folder is not the layout of one image.
        OSError: a blob cannot be read, or the reader of `target` went away.
    """
    manifest = layout.read(folder).manifest
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.USTAR_FORMAT) as archive:
        for path, digest in blobs(manifest).items():
            with layout.blob(folder, digest).open("rb") as blob:
                archive.addfile(_entry(path, blob.seek(0, io.SEEK_END)), _rewound(blob))
        content = documents.encode([described(manifest, names)]) + b"\n"
        archive.addfile(_entry(_MANIFEST, len(content)), io.BytesIO(content))


def described(manifest: Document, names: Sequence[str]) -> Document:
    """What manifest.json says about the image."""
    return {
        "Config": _config_path(manifest),
        "RepoTags": list(names),
        "Layers": [_layer_path(entry["digest"]) for entry in manifest["layers"]],
    }


def blobs(manifest: Document) -> dict[str, str]:
    """Path in the tar to digest; a layer that an image has twice is there once."""
    layers = {_layer_path(entry["digest"]): entry["digest"] for entry in manifest["layers"]}
    return {_config_path(manifest): manifest["config"]["digest"]} | layers


def _config_path(manifest: Document) -> str:
    return _blob_path(manifest["config"]["digest"])


def _layer_path(digest: str) -> str:
    """Ends in .tar.gz whatever the compression: loaders look at the content."""
    return _blob_path(digest) + ".tar.gz"


def _blob_path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/", 1)


def _entry(path: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.size = size
    entry.mode = _MODE
    entry.mtime = _TIME
    return entry


def _rewound(blob: IO[bytes]) -> IO[bytes]:
    blob.seek(0)
    return blob
