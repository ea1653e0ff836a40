"""The JSON documents of an image, byte for byte as rules_oci 2.3 writes them. Pure.

Keys stay in the order in which they were first set, so the order of the assignments below is part of every image's
digest; `tests/vectors` holds them to what the true rules wrote. `layout.py` reads and writes the files.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oci.writer import values

type Document = dict[str, Any]

OCI_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"

# The clock of an image stands still.
_EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A tar as it is: its file's digest and size, its uncompressed bytes' digest, and how it is compressed."""

    digest: str
    diff_id: str
    size: int
    compression: str  # "", "gzip" or "zstd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The attributes of an image as texts; None is one that was not given, which is not the same as an empty one."""

    created: str | None = None
    entrypoint: str | None = None
    cmd: str | None = None
    exposed_ports: str | None = None
    volumes: str | None = None
    env: str | None = None
    labels: str | None = None
    annotations: str | None = None
    user: str = ""
    workdir: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What an image without a base is for."""

    os: str
    architecture: str
    variant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image's three documents."""

    index: Document
    manifest: Document
    config: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An image's documents as bytes."""

    index: bytes
    manifest: bytes
    config: bytes


def scratch(platform: Platform) -> Image:
    """An image of nothing."""
    config: Document = {
        "created": _EPOCH,
        "config": {},
        "history": [],
        "rootfs": {"type": "layers", "diff_ids": []},
        "architecture": platform.architecture,
        "os": platform.os,
    }
    if platform.variant:
        config["variant"] = platform.variant
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": _CONFIG}, "layers": []}
    return Image(index={"schemaVersion": 2, "mediaType": _INDEX}, manifest=manifest, config=config)


def extend(base: Image, layers: Sequence[tuple[str, Layer]], settings: Settings) -> Image:
    """The image `base` with `layers`, each after the label of the target that made it, and `settings` on top."""
    image = copy.deepcopy(base)
    for label, layer in layers:
        _add_layer(image, label, layer)
    _set_run_time(image.config, settings)
    if settings.annotations is not None:
        _merge(image.manifest, "annotations", values.pairs(settings.annotations))
    return image


def write(image: Image) -> Written:
    """The documents as bytes; the manifest names the config's digest, the index the manifest's."""
    config = encode(image.config)
    described = {key: value for key, value in image.manifest["config"].items() if key != "data"}
    manifest = encode(image.manifest | {"config": described | {"size": len(config), "digest": digest(config)}}) + b"\n"
    entry = {
        "mediaType": image.manifest.get("mediaType", MANIFEST),
        "digest": digest(manifest),
        "size": len(manifest),
    }
    index = encode(image.index | {"manifests": [entry]}) + b"\n"
    return Written(index=index, manifest=manifest, config=config)


def encode(document: Any) -> bytes:
    """JSON in the form of jq: two blanks deep, nothing sorted, no escape that is not needed but DEL's."""
    return json.dumps(document, indent=2, ensure_ascii=False).replace("\x7f", "\\u007f").encode()


def digest(content: bytes) -> str:
    """The name of a blob."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _add_layer(image: Image, label: str, layer: Layer) -> None:
    rootfs = image.config.setdefault("rootfs", {"type": "layers"})
    rootfs.setdefault("diff_ids", []).append(layer.diff_id)
    history = image.config.setdefault("history", [])
    history.append({"created": _EPOCH, "created_by": f"bazel build {label}"})
    image.manifest["layers"].append(
        {"size": layer.size, "digest": layer.digest, "mediaType": _layer_type(image.manifest, layer.compression)}
    )


def _layer_type(manifest: Document, compression: str) -> str:
    if manifest.get("mediaType") == DOCKER_MANIFEST:
        return f"{_DOCKER_LAYER}.{compression}" if compression else _DOCKER_LAYER
    return f"{_LAYER}+{compression}" if compression else _LAYER


def _set_run_time(config: Document, settings: Settings) -> None:
    if settings.created is not None:
        config["created"] = settings.created
    run_time = config.setdefault("config", {})
    _set_command(run_time, settings)
    if settings.exposed_ports is not None:
        _merge(run_time, "ExposedPorts", values.keys(settings.exposed_ports))
    if settings.volumes is not None:
        _merge(run_time, "Volumes", values.keys(settings.volumes))
    if settings.env is not None:
        run_time["Env"] = values.environment(run_time.get("Env") or [], settings.env)
    if settings.labels is not None:
        _merge(run_time, "Labels", values.pairs(settings.labels))
    if settings.user:
        run_time["User"] = settings.user
    if settings.workdir:
        run_time["WorkingDir"] = settings.workdir


def _set_command(run_time: Document, settings: Settings) -> None:
    """A new entrypoint drops the base's cmd; a null in cmd's place meanwhile fixes the order of the two keys."""
    if settings.entrypoint is not None:
        run_time["Cmd"] = None
        run_time["Entrypoint"] = values.elements(settings.entrypoint)
    if settings.cmd is not None:
        run_time["Cmd"] = values.elements(settings.cmd)
    elif settings.entrypoint is not None:
        del run_time["Cmd"]


def _merge(document: Document, key: str, added: Document) -> None:
    document[key] = (document.get(key) or {}) | added
