"""Pulls an image by its digest from a registry into an OCI layout: the read half of the distribution protocol, small.

Every blob is checked against the digest that asked for it, so nothing of a registry is believed. Loopback registries
are asked over HTTP, all others over HTTPS, and none of them with credentials.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import httpx

from orchestrator.runners.layouts import ImageError, Layout, Manifest, hexadecimal

_ACCEPT: Final = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in ("oci.image.manifest.v1", "docker.distribution.manifest.v2", "oci.image.index.v1")
)
_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
_SECONDS: Final = 60.0
_MOST_MANIFEST: Final = 4 << 20


def pull(reference: str, folder: Path) -> None:
    """Fill a layout with an image, under another name first. Raises ImageError."""
    name, _, digest = reference.partition("@")
    host, _, repository = name.partition("/")
    if not repository:
        raise ImageError(f"'{reference}' names no registry: write HOST/PATH@sha256:DIGEST")
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        scheme = "http" if host.rpartition(":")[0] in _LOOPBACK or host in _LOOPBACK else "https"
        with httpx.Client(
            base_url=f"{scheme}://{host}/v2/{repository}", timeout=_SECONDS, follow_redirects=True
        ) as http:
            _fill(http, digest, new)
        if not folder.exists():
            new.rename(folder)
    except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError) as err:
        raise ImageError(f"'{reference}' cannot be pulled: {err}") from err
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _fill(http: httpx.Client, digest: str, folder: Path) -> None:
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    text = _manifest(http, digest)
    (blobs / hexadecimal(digest)).write_bytes(text)
    manifest = Manifest.of_json(text)
    for each in (manifest.config, *(layer.digest for layer in manifest.layers)):
        _blob(http, each, blobs / hexadecimal(each))
        Layout(folder).verified(each)
    descriptor: dict[str, Any] = {"mediaType": json.loads(text)["mediaType"], "digest": digest, "size": len(text)}
    index = {"schemaVersion": 2, "manifests": [descriptor]}
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


def _manifest(http: httpx.Client, digest: str) -> bytes:
    answer = http.get(f"manifests/{digest}", headers={"Accept": _ACCEPT})
    answer.raise_for_status()
    if hashlib.sha256(answer.content).hexdigest() != hexadecimal(digest) or len(answer.content) > _MOST_MANIFEST:
        raise ImageError(f"the registry answers for {digest} with something else")
    return answer.content


def _blob(http: httpx.Client, digest: str, path: Path) -> None:
    with http.stream("GET", f"blobs/{digest}") as answer, path.open("wb") as file:
        answer.raise_for_status()
        for block in answer.iter_bytes():
            file.write(block)
        os.fsync(file.fileno())
