"""What is in an image besides packages: folders, links and small files, from images/skeleton.toml and images/root.

The bundle of certificate authorities is made here too, as Debian's maintainer script would, but in a fixed order.
"""

from __future__ import annotations

import pathlib
import tomllib

from tools.images.tar import Entry, File, Folder, LayerError, Link

_AUTHORITIES = "usr/share/ca-certificates/mozilla/"


def file(text: str) -> File:
    """Read `PATH=FILE`."""
    path, _, source = text.partition("=")
    return File(path=path, content=pathlib.Path(source))


def read(path: pathlib.Path) -> list[Entry]:
    """The folders and links of the file."""
    value = tomllib.loads(path.read_text())
    folders = [
        Folder(path=name, mode=int(item["mode"], 8), uid=item.get("owner", 0), gid=item.get("owner", 0))
        for name, item in value["folders"].items()
    ]
    return [*folders, *(Link(path=name, target=target) for name, target in value["links"].items())]


def join_certificates(packages: dict[str, list[Entry]], path: str) -> File:
    """Take the authorities out of the packages that bring them; one file of all, sorted by name."""
    singles = sorted(
        (entry for entries in packages.values() for entry in entries if entry.path.startswith(_AUTHORITIES)),
        key=lambda entry: entry.path,
    )
    for entries in packages.values():
        entries[:] = [entry for entry in entries if not entry.path.startswith(_AUTHORITIES)]
    texts = [entry.content for entry in singles if isinstance(entry, File) and isinstance(entry.content, bytes)]
    if not texts:
        raise LayerError(f"no package has certificate authorities in {_AUTHORITIES}")
    return File(path=path, content=b"".join(text.rstrip(b"\n") + b"\n" for text in texts))
