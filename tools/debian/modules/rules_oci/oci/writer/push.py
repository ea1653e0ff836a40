"""The program behind oci_push: `bazel run` of it pushes the image by crane, first by digest, then the tags.

crane is the machine's own: it holds what belongs to registries, credentials first of all. A tag that exists is moved.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oci.writer import layout

_FOR_ALL = ("--insecure", "-v", "--verbose", "--allow-nondistributable-artifacts")


class UsageError(Exception):
    """The arguments do not say what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What the arguments ask for."""

    repository: str
    tags: tuple[str, ...]
    for_all: tuple[str, ...]
    for_push: tuple[str, ...]


def main(arguments: list[str]) -> int:
    """Push LAYOUT to REPOSITORY with the tags in the lines of TAGS, changed by the rest; crane's failure is 1."""
    folder, tags, repository, *rest = arguments
    try:
        push = parse(rest, repository=repository, tags=pathlib.Path(tags).read_text(encoding="utf-8").split())
        reference = f"{push.repository}@{layout.digest(pathlib.Path(folder))}"
    except (UsageError, layout.LayoutError) as error:
        print(f"oci_push: {error}", file=sys.stderr)
        return 1
    crane = shutil.which("crane")
    if crane is None:
        print("oci_push: there is no crane on PATH; install it, or put it there", file=sys.stderr)
        return 1
    for command in commands(push, folder, reference):
        if subprocess.run([crane, *command], check=False).returncode != 0:
            return 1
    return 0


def parse(arguments: Sequence[str], *, repository: str, tags: Sequence[str]) -> Push:
    """What to push where: the flags' repository wins, the flags' tags come first.

    Raises:
        UsageError: no repository, or a flag lacks its value.
    """
    named: list[str] = []
    for_all: list[str] = []
    for_push: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        flag, equals, value = argument.partition("=")
        if flag in ("-r", "--repository"):
            repository = value if equals else _value(flag, rest)
        elif flag in ("-t", "--tag"):
            named.append(value if equals else _value(flag, rest))
        elif flag == "--platform":
            for_all += [argument] if equals else [flag, _value(flag, rest)]
        elif argument in _FOR_ALL:
            for_all.append(argument)
        else:
            for_push.append(argument)
    if not repository:
        raise UsageError("say where to: -- --repository HOST/PATH, or `repository` in the BUILD file")
    return Push(repository=repository, tags=(*named, *tags), for_all=tuple(for_all), for_push=tuple(for_push))


def commands(push: Push, folder: str, reference: str) -> Iterator[list[str]]:
    """The calls of crane, one after the other."""
    yield ["push", *push.for_all, folder, reference, *push.for_push]
    for tag in push.tags:
        yield ["tag", *push.for_all, reference, tag]


def _value(flag: str, rest: Iterator[str]) -> str:
    try:
        return next(rest)
    except StopIteration:
        raise UsageError(f"{flag} lacks its value") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
