"""Layers to folders: a tar file is unpacked once, and an image is its layers' files, linked together.

A layer may say anything, so nothing of it is written outside its folder, whatever its names and links claim: each part
of a path is looked at as it is on the disk, and links are followed as the image would see them. What a layer removes
from those below it (`.wh.NAME`, `.wh..wh..opq`) stays a mark in the layer's folder and is obeyed when an image is put
together. Owners are not kept: everything belongs to whoever unpacks, and an image has one user. `images` is above.
"""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

from orchestrator.runners.layouts import ImageError

_GONE = ".wh."
_OPAQUE = ".wh..wh..opq"
_MOST_LINKS = 40
"""As many as the kernel follows."""
_BLOCK = 1 << 20


def unpack(archive: Path, folder: Path, *, compressed: bool) -> None:
    """Unpack a layer into an empty folder. Raises ImageError for what no layer may have."""
    try:
        with gzip.open(archive) if compressed else archive.open("rb") as stream, tarfile.open(fileobj=stream) as tar:
            parents: dict[Path, Path] = {}
            for member in tar:
                _write(tar, member, folder, parents)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile) as err:
        raise ImageError(f"{archive} cannot be unpacked: {err}") from err


def stack(layer: Path, root: Path) -> None:
    """Lay a layer's folder over what is in `root`, by links: nothing is copied."""
    for folder, names, files in os.walk(layer):
        below = Path(folder).relative_to(layer)
        target = _inside(root, below)
        target.mkdir(parents=True, exist_ok=True)
        if below.parts:
            target.chmod(stat.S_IMODE(Path(folder).stat().st_mode))
        for name in _marks_first(files):
            _lay(folder, name, target)
        for name in [each for each in names if Path(folder, each).is_symlink()]:
            _lay(folder, name, target)
        for name in names:
            _make_way_for_folder(target / name)


def _marks_first(files: list[str]) -> Iterator[str]:
    yield from sorted(files, key=lambda name: (not name.startswith(_GONE), name != _OPAQUE, name))


def _lay(folder: str, name: str, target: Path) -> None:
    """One file of a layer's folder, or what it marks as gone, into a folder of the image."""
    if name == _OPAQUE:
        for each in target.iterdir():
            _remove(each)
    elif name.startswith(_GONE):
        _remove(target / name.removeprefix(_GONE))
    else:
        # There are thousands of these: text is half the work of paths, and hardly one is there already.
        source, place = f"{folder}/{name}", f"{target}/{name}"
        try:
            os.link(source, place, follow_symlinks=False)
        except FileExistsError:
            _remove(Path(place))
            os.link(source, place, follow_symlinks=False)


def _make_way_for_folder(path: Path) -> None:
    """A folder of an upper layer takes the place of a file, not of a link to a folder."""
    if path.is_file() and not path.is_symlink():
        path.unlink()


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, parents: dict[Path, Path]) -> None:
    """Write one member. `parents` has where the folders are that were written to, since most members share theirs."""
    name = _relative(member.name)
    if not name.parts:
        return
    if name.parent not in parents:
        parents[name.parent] = _inside(folder, name.parent)
        parents[name.parent].mkdir(parents=True, exist_ok=True)
    path = parents[name.parent] / name.name
    if os.path.lexists(path) and not (member.isdir() and path.is_dir() and not path.is_symlink()):
        _remove(path)
        parents.clear()  # Some may have led through it.
    if member.isdir():
        path.mkdir(exist_ok=True)
        path.chmod(_mode(member) | stat.S_IRWXU)
        return
    if member.isreg():
        _write_file(tar, member, path)
    elif member.issym():
        path.symlink_to(member.linkname)
    elif member.islnk():
        _link(path, member, folder)
    else:
        raise ImageError(f"a layer has {member.name}, which is a device or a pipe: no image for this machine has one")


def _write_file(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    content = tar.extractfile(member)
    assert content is not None  # noqa: S101  (it is a regular file)
    with path.open("xb") as file:
        shutil.copyfileobj(content, file, _BLOCK)
    path.chmod(_mode(member) | stat.S_IRUSR | stat.S_IWUSR)


def _link(path: Path, member: tarfile.TarInfo, folder: Path) -> None:
    """A hard link, to a file that the layer had before."""
    named = _relative(member.linkname)
    target = _inside(folder, named.parent) / named.name
    if target.is_symlink() or not target.is_file():
        raise ImageError(f"a layer has {member.name} as a link to {member.linkname}, which is no file of it")
    path.hardlink_to(target)


def _mode(member: tarfile.TarInfo) -> int:
    """Without set-user-id and its like, which mean nothing for an image with one user, and harm outside of it."""
    return member.mode & 0o755


def _relative(name: str) -> Path:
    """A name of a layer as a path below its root."""
    path = Path(name.lstrip("/"))
    if ".." in path.parts:
        raise ImageError(f"a layer has the name {name!r}, which leads out of the image")
    return path


def _inside(root: Path, path: Path) -> Path:
    """Where a folder of the image is below `root`; links are followed as if `root` were the root folder."""
    waiting = list(reversed(path.parts))
    found: list[str] = []
    links = 0
    while waiting:
        part = waiting.pop()
        if part in {"/", "."}:
            continue
        if part == "..":
            found = found[:-1]
            continue
        here = root.joinpath(*found, part)
        if not here.is_symlink():
            found.append(part)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise ImageError(f"{path} of a layer is a link to itself")
        target = Path(os.readlink(here))  # noqa: PTH115  (a link may be no valid path)
        found = [] if target.is_absolute() else found
        waiting += reversed(target.parts)
    return root.joinpath(*found)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
