"""Pins the Debian packages that nightjar is made of, by version and sha256.

`tools/debian/packages.txt` becomes `debian.lock`: what images ship and tests run on (`tools/debian/tree.bzl`).
`tools/debian/newer.txt` becomes `newer.lock`: programs beside these that Debian 13 does not have.
`tools/debian/root.txt` becomes `root.lock`: what Bazel runs in on a machine without apt (`tools/debian/make_root.sh`).
The versions are those that the machine's Debian mirror has now, read from apt's index, whose signature apt checks.
apt works in a folder of its own: neither its settings nor its lists on this machine are touched.
"""

from __future__ import annotations

import argparse
import datetime as dt
import email.parser
import email.utils
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass

SUITE = "trixie"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_SECTION = re.compile(r"\[(?P<name>[a-z]+)\]")


class LockError(Exception):
    """What a person can mend: the message says how."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of packages.txt."""

    name: str
    group: str


def main(arguments: list[str]) -> int:
    """Write the lock; exit 0, 64 on wrong usage, 78 where the machine lacks something."""
    parser = argparse.ArgumentParser(prog="lock_debian", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where the mirror has newer versions"
    )
    options = parser.parse_args(arguments)
    workspace = pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    folder = workspace / "tools" / "debian"
    try:
        wanted = read_wanted((folder / "packages.txt").read_text())
        newer = read_root((folder / "newer.txt").read_text(), source="newer.txt")
        root = read_root((folder / "root.txt").read_text())
        with tempfile.TemporaryDirectory(prefix="nightjar-apt-") as scratch:
            addresses = mirrors(os.environ)
            lock = resolve(wanted, SUITE, scratch=pathlib.Path(scratch, "tree"), mirrors=addresses)
            programs = tuple(Wanted(name, "tools") for name in newer.want)
            newer_lock = resolve(programs, newer.suite, scratch=pathlib.Path(scratch, "newer"), mirrors=addresses)
            root_lock = resolve_root(root, scratch=pathlib.Path(scratch, "root"), mirror=addresses["debian"])
    except LockError as error:
        print(f"lock_debian: {error}", file=sys.stderr)
        return 78
    if not options.check:
        replace(folder / "root.lock", root_lock)
    locks = {"debian.lock": lock, "newer.lock": newer_lock}
    return max(publish(found, folder / name, check=options.check) for name, found in locks.items())


def read_wanted(text: str) -> tuple[Wanted, ...]:
    """Read packages.txt: `[group]` headers, then `name  reason` lines. Raises LockError with every wrong line."""
    wanted: list[Wanted] = []
    problems: list[str] = []
    group = ""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split(maxsplit=1)
        if not words:
            continue
        if header := _SECTION.fullmatch(line.strip()):
            group = header["name"]
        elif not group:
            problems.append(f"packages.txt:{number}: {words[0]} stands before the first [group]")
        elif len(words) == 1:
            problems.append(f"packages.txt:{number}: say after {words[0]} why it is needed")
        elif any(words[0] == other.name for other in wanted):
            problems.append(f"packages.txt:{number}: {words[0]} is there twice")
        else:
            wanted.append(Wanted(words[0], group))
    if problems:
        raise LockError("\n".join(problems))
    return tuple(wanted)


@dataclass(frozen=True, slots=True)
class Root:
    """What root.txt or newer.txt says: the suite, the packages that are wanted, and those that need not come."""

    suite: str
    want: tuple[str, ...]
    skip: tuple[str, ...]


def read_root(text: str, *, source: str = "root.txt") -> Root:
    """Read lines `suite NAME`, `want PACKAGE`, `skip PACKAGE` of a file. Raises LockError with every wrong line."""
    words: dict[str, list[str]] = {"suite": [], "want": [], "skip": []}
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        match line.split("#", 1)[0].split():
            case []:
                pass
            case [kind, name] if kind in words:
                words[kind].append(name)
            case _:
                problems.append(f"{source}:{number}: expected suite, want or skip and one name, not {line.strip()!r}")
    if len(words["suite"]) != 1:
        problems.append(f"{source}: one suite is needed, there are {len(words['suite'])}")
    if problems:
        raise LockError("\n".join(problems))
    return Root(words["suite"][0], tuple(words["want"]), tuple(words["skip"]))


def mirrors(environment: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """The mirrors by archive, as `./bazelw` found them in the machine's apt sources."""
    found = {
        "debian": environment.get("NIGHTJAR_DEBIAN_MIRROR", ""),
        "debian-security": environment.get("NIGHTJAR_DEBIAN_SECURITY_MIRROR", ""),
    }
    if missing := [archive for archive, url in found.items() if not url]:
        raise LockError(
            f"no mirror of {' and '.join(missing)} is known. Start this by `./bazelw run //:lock_debian` on a Debian"
            " machine, or set NIGHTJAR_DEBIAN_MIRROR and NIGHTJAR_DEBIAN_SECURITY_MIRROR to the mirrors' addresses."
        )
    return found


def resolve(
    wanted: tuple[Wanted, ...], suite: str, *, scratch: pathlib.Path, mirrors: dict[str, str]
) -> dict[str, object]:
    """Ask apt for each package's newest version. Raises LockError where apt fails or a package is unknown."""
    apt = Apt(scratch, {suite: mirrors["debian"], f"{suite}-security": mirrors["debian-security"]})
    shown = apt.run("apt-cache", "show", "--no-all-versions", *(item.name for item in wanted))
    records = {record["Package"]: record for record in paragraphs(shown)}
    if unknown := [item.name for item in wanted if item.name not in records]:
        raise LockError(f"the mirror has no package {', '.join(unknown)} in {suite}")
    packages = [pinned(records[item.name], item.group) for item in wanted]
    return {
        "format": 1,
        "packages": sorted(packages, key=lambda package: package["name"]),
        "snapshot": snapshot(apt.release_dates()),
        "suite": suite,
    }


def resolve_root(root: Root, *, scratch: pathlib.Path, mirror: str) -> str:
    """The text of root.lock: the moment of the snapshot archive, then `sha256 size path` of each package."""
    apt = Apt(scratch, {root.suite: mirror}, installed=root.skip)
    planned = apt.run("apt-get", "install", "--yes", "--print-uris", *root.want)
    names = re.findall(r"^'\S+' (\S+?)_\S+\.deb", planned, re.MULTILINE)
    records = paragraphs(apt.run("apt-cache", "show", "--no-all-versions", *names))
    files = sorted(f"{record['SHA256']} {record['Size']} {record['Filename']}" for record in records)
    header = "# Made by `./bazelw run //:lock_debian` from root.txt; do not edit."
    return "\n".join([header, f"snapshot {snapshot(apt.release_dates())}", *files]) + "\n"


def pinned(record: dict[str, str], group: str) -> dict[str, str]:
    """One package of the lock, from its record in the index."""
    return {
        "archive": "debian-security" if record["Filename"].startswith("pool/updates/") else "debian",
        "filename": record["Filename"],
        "group": group,
        "name": record["Package"],
        "sha256": record["SHA256"],
        "size": record["Size"],
        "version": record["Version"],
    }


def paragraphs(text: str) -> list[dict[str, str]]:
    """Read the records of `apt-cache show`, fields folded as in a mail header."""
    parser = email.parser.HeaderParser()
    return [dict(parser.parsestr(part)) for part in text.strip().split("\n\n") if part.strip()]


def snapshot(dates: list[dt.datetime]) -> str:
    """A moment at which the snapshot archive held all that the mirror holds: half a day after its newest index."""
    return (max(dates) + dt.timedelta(hours=12)).strftime("%Y%m%dT%H%M%SZ")


def publish(lock: dict[str, object], path: pathlib.Path, *, check: bool) -> int:
    """Say what changes, then replace the lock in one step; with `check` only say it."""
    text = json.dumps(lock, indent=2, sort_keys=True) + "\n"
    old = json.loads(path.read_text()) if path.exists() else {"packages": []}
    changes = differences(old, lock)
    print("\n".join(changes) or f"{path.name}: every package is at the mirror's version already")
    if check:
        return 1 if changes else 0
    if changes or not path.exists():
        replace(path, text)
    return 0


def replace(path: pathlib.Path, text: str) -> None:
    """Write the file in one step, so that an interruption leaves the old one."""
    scratch = path.with_suffix(".new")
    scratch.write_text(text)
    scratch.replace(path)


def differences(old: dict[str, object], new: dict[str, object]) -> list[str]:
    """One line for each package that came, went or changed its version or file."""
    before, after = (
        {package["name"]: package for package in lock["packages"]}  # type: ignore[attr-defined]
        for lock in (old, new)
    )
    lines = [f"- {name} {before[name]['version']}" for name in before.keys() - after.keys()]
    lines += [f"+ {name} {after[name]['version']}" for name in after.keys() - before.keys()]
    lines += [
        f"  {name} {before[name]['version']} -> {after[name]['version']}"
        for name in before.keys() & after.keys()
        if before[name] != after[name]
    ]
    return sorted(lines, key=lambda line: line[2:])


class Apt:
    """apt with all its state in one folder and nothing of the machine's own settings but the keyring."""

    def __init__(self, folder: pathlib.Path, suites: dict[str, str], installed: tuple[str, ...] = ()) -> None:
        """Read the indexes of `suites` (name to mirror). `installed` are taken as there already, so that none comes."""
        if shutil.which("apt-get") is None:
            raise LockError("apt-get is not on this machine. Renew the lock on a Debian or Ubuntu machine.")
        if not pathlib.Path(_KEYRING).exists():
            raise LockError(f"{_KEYRING} is missing. Install the package debian-archive-keyring.")
        for name in ("lists/partial", "archives/partial", "etc"):
            (folder / name).mkdir(parents=True)
        (folder / "status").write_text(
            "".join(
                f"Package: {name}\nStatus: install ok installed\nVersion: 99:0\nArchitecture: amd64\n\n"
                for name in installed
            )
        )
        (folder / "sources.list").write_text(
            "".join(f"deb [signed-by={_KEYRING}] {mirror} {suite} main\n" for suite, mirror in suites.items())
        )
        settings = (pathlib.Path(__file__).parents[1] / "debian" / "apt.conf").read_text()
        (folder / "apt.conf").write_text(settings.replace("%FOLDER%", str(folder)))
        self._folder = folder
        self.run("apt-get", "update")

    def run(self, *command: str) -> str:
        """Run one of apt's programs; its output. Raises LockError with what apt said."""
        environment = {**os.environ, "APT_CONFIG": str(self._folder / "apt.conf"), "LC_ALL": "C"}
        done = subprocess.run(  # noqa: PLW1510 - a failure is told in apt's own words.
            [command[0], "-q", *command[1:]], env=environment, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise LockError(f"{' '.join(command[:2])} failed: {done.stderr.strip()}")
        return done.stdout

    def release_dates(self) -> list[dt.datetime]:
        """When each index was made, from the Release files that apt has checked."""
        texts = [path.read_text() for path in sorted((self._folder / "lists").glob("*InRelease"))]
        return [
            email.utils.parsedate_to_datetime(match[1]).astimezone(dt.UTC)
            for text in texts
            if (match := re.search(r"^Date: (.+)$", text, re.MULTILINE))
        ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
