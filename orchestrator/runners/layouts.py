"""Images as they lie in a folder: an OCI layout, read with every digest checked.

Only what is asked for by digest is believed: a manifest that has the release's digest, a configuration and layers that
have the manifest's. It must never hand out bytes that nobody vouches for. What becomes of them is in `layers`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from orchestrator.core.errors import NightjarError

MANIFEST = "manifest.json"
CONFIG = "config.json"

_SHA256 = "sha256:"
_GZIP = (
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
)
_TAR = (
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar",
)


class ImageError(NightjarError):
    """An image cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer: a tar file, compressed or not, that has this digest."""

    digest: str
    size: int
    compressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What an image says of the program in it. `user` is as written: UID, UID:GID, a name, or empty for root."""

    entrypoint: tuple[str, ...]
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    user: str

    @property
    def command(self) -> tuple[str, ...]:
        """Program and arguments for whoever has none of their own."""
        return (*self.entrypoint, *self.arguments)

    @classmethod
    def of_json(cls, text: bytes) -> Self:
        """Read an image's configuration."""
        said = json.loads(text).get("config") or {}
        variables = (variable.partition("=") for variable in said.get("Env") or ())
        return cls(
            entrypoint=tuple(said.get("Entrypoint") or ()),
            arguments=tuple(said.get("Cmd") or ()),
            environment={name: value for name, _, value in variables},
            folder=said.get("WorkingDir") or "/",
            user=said.get("User") or "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an image is made of, bottom layer first, and the very text that has its digest."""

    text: bytes
    config: str
    layers: tuple[Layer, ...]

    @classmethod
    def of_json(cls, text: bytes) -> Self:
        """Read a manifest. Raises ImageError on what this machine cannot run."""
        said = json.loads(text)
        if "layers" not in said:
            raise ImageError("it is an index of several images: name one of them by its own digest")
        return cls(
            text=text,
            config=said["config"]["digest"],
            layers=tuple(_layer(each) for each in said["layers"]),
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """A folder with images."""

    folder: Path

    def digests(self) -> tuple[str, ...]:
        """The images that the layout names. Raises ImageError where there is no layout."""
        try:
            said = json.loads((self.folder / "index.json").read_bytes())
        except FileNotFoundError:
            raise ImageError(f"{self.folder} is no OCI layout: build the image, or correct the release") from None
        except (OSError, ValueError) as err:
            raise ImageError(f"{self.folder}/index.json cannot be read: {err}") from err
        return tuple(each["digest"] for each in said["manifests"])

    def manifest(self, digest: str) -> Manifest:
        """The manifest that has this digest. Raises ImageError."""
        found = self.digests()
        if digest not in found:
            has = ", ".join(found) or "no image"
            raise ImageError(
                f"{self.folder} has {has}, not {digest}: it was built anew since the release was written. "
                "Write the release anew"
            )
        return Manifest.of_json(self.blob(digest))

    def blob(self, digest: str) -> bytes:
        """A small blob. Raises ImageError when its content is another than its digest says."""
        path = self.verified(digest)
        return path.read_bytes()

    def verified(self, digest: str) -> Path:
        """The file of a blob, its content checked. Raises ImageError."""
        path = self.path(digest)
        try:
            with path.open("rb") as file:
                actual = _SHA256 + hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as err:
            raise ImageError(f"{path} cannot be read: {err.strerror}. Build the image anew") from err
        if actual != digest:
            raise ImageError(f"{path} has the digest {actual}: it is damaged. Build the image anew")
        return path

    def path(self, digest: str) -> Path:
        """Where a blob is. Raises ImageError for a digest that is none."""
        return self.folder / "blobs" / "sha256" / hexadecimal(digest)


def hexadecimal(digest: str) -> str:
    """The digits of a digest. Raises ImageError for one that is none, or of another kind."""
    digits = digest.removeprefix(_SHA256)
    if digits == digest or len(digits) != 64 or set(digits) - set("0123456789abcdef"):  # noqa: PLR2004
        raise ImageError(f"{digest!r} is no digest that this machine can check: it has to be sha256")
    return digits


def _layer(said: Mapping[str, Any]) -> Layer:
    kind = said["mediaType"]
    if kind not in _GZIP + _TAR:
        raise ImageError(f"a layer is {kind}, which cannot be unpacked here: compress it with gzip")
    return Layer(digest=said["digest"], size=said["size"], compressed=kind in _GZIP)
