"""OCI layouts for tests: small images put together from names and contents, honest or not."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def entry(name: str, content: bytes = b"", *, mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    """A file; with a slash at the end of its name a folder."""
    info = tarfile.TarInfo(name.rstrip("/"))
    info.size = len(content)
    info.mode = mode
    if name.endswith("/"):
        info.type, info.mode = tarfile.DIRTYPE, mode | 0o111
    return info, content


def link(name: str, target: str, *, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    """A link, or whatever else has no content."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info, b""


def layer(entries: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """A layer's compressed tar file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), compresslevel=1, mtime=0)


def write(folder: Path, layers: Sequence[bytes], config: Mapping[str, object] | None = None) -> str:
    """Write a layout with one image; the image's digest."""
    (folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    config_digest, config_size = _blob(folder, json.dumps({"config": config or {}}).encode())
    descriptors = [
        {"mediaType": _LAYER, "digest": digest, "size": size}
        for digest, size in (_blob(folder, content) for content in layers)
    ]
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": {"mediaType": "application/json", "digest": config_digest, "size": config_size},
        "layers": descriptors,
    }
    digest, size = _blob(folder, json.dumps(manifest).encode())
    index = {"schemaVersion": 2, "manifests": [{"mediaType": _MANIFEST, "digest": digest, "size": size}]}
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return digest


def shell(tree: Path) -> bytes:
    """A layer with a shell and what it needs, of a Debian tree."""
    names = ["usr/bin/dash", "usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib64/ld-linux-x86-64.so.2"]
    links = [("usr/bin/sh", "dash"), ("bin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")]
    files = [entry(name, (tree / name).read_bytes(), mode=0o755) for name in names]
    folders = [entry("proc/"), entry("dev/"), entry("tmp/"), entry("home/nonroot/")]
    passwd = entry("etc/passwd", b"root:x:0:0::/:/sbin/nologin\nnonroot:x:65532:65533::/home/nonroot:/sbin/nologin\n")
    return layer([*files, *(link(*each) for each in links), *folders, passwd])


def _blob(folder: Path, content: bytes) -> tuple[str, int]:
    digits = hashlib.sha256(content).hexdigest()
    (folder / "blobs" / "sha256" / digits).write_bytes(content)
    return f"sha256:{digits}", len(content)
