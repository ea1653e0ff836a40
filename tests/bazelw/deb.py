"""Writes Debian packages, small ones, byte by byte: what the tests' mirror serves."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

_MAGIC = b"!<arch>\n"


def package(name: str, files: Mapping[str, bytes], *, links: Mapping[str, str], compression: str) -> bytes:
    """A package with these files, executable ones, and links. `compression` is gz, xz or nothing."""
    control = f"Package: {name}\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody\nDescription: {name}\n"
    suffix = f".{compression}" if compression else ""
    return _MAGIC + b"".join(
        (
            member("debian-binary", b"2.0\n"),
            member("control.tar", tar({"control": control.encode()}, {}, "")),
            member(f"data.tar{suffix}", tar(files, links, compression)),
        )
    )


def member(name: str, content: bytes) -> bytes:
    """A member of an ar archive: a header of 60 bytes, the content, and one byte more where its length is odd."""
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
    return header.encode() + content + b"\n" * (len(content) % 2)


def tar(files: Mapping[str, bytes], links: Mapping[str, str], compression: str) -> bytes:
    """A tar archive, folders included as packages have them."""
    buffer = io.BytesIO()
    options = {"compresslevel": 1} if compression == "gz" else {"preset": 0} if compression == "xz" else {}
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}", **options) as archive:  # type: ignore[call-overload]
        for folder in sorted({parent for path in (*files, *links) for parent in parents(path)}):
            entry = tarfile.TarInfo(f"./{folder}")
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        for path, content in files.items():
            entry = tarfile.TarInfo(f"./{path}")
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
        for path, target in links.items():
            entry = tarfile.TarInfo(f"./{path}")
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return buffer.getvalue()


def parents(path: str) -> list[str]:
    """The folders that a path lies in, outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]
