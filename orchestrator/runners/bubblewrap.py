"""The command line that runs a program in an unpacked image by bubblewrap, as close to Cloud Run as one machine gets.

The image's root read-only, `/tmp` in memory, the image's own user without any capability, processes of its own, the
network of this machine. Files of this machine are seen only where `Mounts` says so, at the same path. The environment
is the one that bubblewrap is started with: on a command line everybody could read secrets. Pure but for looking at
the image's folders. As on Cloud Run the program is process 1: a SIGTERM that it does not handle does nothing.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.runners.images import Unpacked
from orchestrator.runners.layouts import Config, ImageError

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What Cloud Run, like every runtime, takes for an image that sets none."""

_NAMESPACES = ("--unshare-all", "--share-net", "--unshare-user", "--die-with-parent", "--as-pid-1", "--cap-drop", "ALL")
_OF_THE_MACHINE = (Path("/etc/resolv.conf"), Path("/etc/hosts"))
"""How names are resolved is the place's affair, as on Cloud Run."""
_LAUNCHER = ("OLDPWD", "SHLVL", "_")
"""What a launcher of bubblewrap that is a shell script leaves in the environment."""
_PROBE_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounts:
    """What a program may see of this machine, at the same path, or, if it is `bound`, where the mapping says.

    Places in `memory`, and /tmp, are empty folders of at most `limit` bytes each.
    """

    writable: Sequence[Path] = ()
    readable: Sequence[Path] = ()
    bound: Mapping[Path, Path] = field(default_factory=dict)
    memory: Sequence[Path] = ()
    limit: int | None = None


def command(bubblewrap: Path, image: Unpacked, arguments: Sequence[str], *, mounts: Mounts) -> list[str]:
    """The command line. Raises ImageError for a user that the image does not know."""
    config = image.config
    uid, gid = user(config, image.root)
    readable = [*mounts.readable, *(path for path in _OF_THE_MACHINE if path.exists())]
    own = [*mounts.writable, *readable, *mounts.bound, *mounts.memory]
    size = () if mounts.limit is None else ("--size", str(mounts.limit))
    return [
        str(bubblewrap), *_NAMESPACES, "--uid", str(uid), "--gid", str(gid),
        *_root(image.root, Path("/"), [Path("/proc"), Path("/dev"), Path("/tmp"), *own]),  # noqa: S108
        "--proc", "/proc", "--dev", "/dev", "--perms", "1777", *size, "--tmpfs", "/tmp",  # noqa: S108  (the image's)
        *(word for place in mounts.memory for word in ("--perms", "1777", *size, "--tmpfs", str(place))),
        *_each("--bind", mounts.writable), *_each("--ro-bind", readable),
        *(word for place, source in mounts.bound.items() for word in ("--bind", str(source), str(place))),
        "--remount-ro", "/",
        *(word for name in _LAUNCHER for word in ("--unsetenv", name)),
        "--chdir", config.folder,
        "--", *arguments,
    ]  # fmt: skip


def environment(config: Config) -> Mapping[str, str]:
    """What a program of the image finds in its environment before anybody adds to it."""
    return {"PATH": PATH, **config.environment}


def user(config: Config, root: Path) -> tuple[int, int]:
    """The numbers of the image's user and group. Raises ImageError for a name that the image does not know."""
    name, _, group = config.user.partition(":")
    uid, gid = (int(name), int(name)) if name.isdigit() else _account(name or "root", root)
    if not group:
        return uid, gid
    return uid, int(group) if group.isdigit() else _number("group", group, root)[2]


def problem(bubblewrap: Path | None) -> str | None:
    """Why images cannot be run on this machine, and what to do; None if they can."""
    if bubblewrap is None:
        return "steps run from images by bubblewrap: name its program by --bubblewrap, or NIGHTJAR_BUBBLEWRAP"
    if not os.access(bubblewrap, os.X_OK) or not bubblewrap.is_file():
        return f"--bubblewrap {bubblewrap} is no program: name the path to bwrap"
    try:
        _probe(bubblewrap)
    except subprocess.CalledProcessError as err:
        said = err.stderr.strip() or f"exit code {err.returncode}"
    except subprocess.TimeoutExpired:
        said = f"it did not end within {_PROBE_SECONDS:g} s"
    except OSError as err:
        said = err.strerror
    else:
        return None
    return (
        f"{bubblewrap} cannot make a container here ({said}): allow user namespaces "
        "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), run as root, "
        "or run the steps without images (//deploy:local: --runner process)"
    )


def _probe(bubblewrap: Path) -> None:
    flags = [*_NAMESPACES, "--uid", "65532", "--gid", "65532", "--ro-bind", "/", "/", "--proc", "/proc"]
    subprocess.run(
        [bubblewrap, *flags, "--dev", "/dev", "--", bubblewrap, "--version"],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=_PROBE_SECONDS,
    )


def _root(folder: Path, place: Path, mounts: Sequence[Path]) -> Iterator[str]:
    """Bind a folder of the image, or, where something has to be mounted in it that it has no place for, its parts.

    A mount point cannot be made in a folder that is bound read-only; so the folders on the way to it are made anew.
    """
    for entry in sorted(folder.iterdir()):
        here = place / entry.name
        inside = [mount for mount in mounts if here in mount.parents]
        if entry.is_symlink():
            yield from ("--symlink", os.readlink(entry), str(here))  # noqa: PTH115
        elif here in mounts:
            continue
        elif entry.is_dir() and inside:
            yield from ("--dir", str(here))
            yield from _root(entry, here, inside)
        else:
            yield from ("--ro-bind", str(entry), str(here))


def _each(option: str, paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        yield from (option, str(path), str(path))


def _account(name: str, root: Path) -> tuple[int, int]:
    if name == "root":
        return 0, 0
    found = _number("passwd", name, root)
    return found[2], found[3]


def _number(file: str, name: str, root: Path) -> dict[int, int]:
    """The numbers in a line of the image's passwd or group, by their place in the line."""
    path = root / "etc" / file
    # A link could lead out of the image.
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() and not path.is_symlink() else []
    for line in lines:
        fields = line.split(":")
        if fields[0] == name:
            return {place: int(field) for place, field in enumerate(fields) if field.isdigit()}
    raise ImageError(f"the image's user is {name!r}, whom its /etc/{file} does not have: name the user by number")
