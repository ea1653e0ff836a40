"""Pushes all images of this commit and writes the release: `./bazelw run //deploy:push [-- --repository …]`.

Only what the registry lacks is sent (`pushing`). release.json holds nothing of this machine: from two clones of one
commit it is the same file for the same repository. What is not reproducible is refused: files that differ from the
commit, and Debian packages that are not the lock's.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import sys
from collections.abc import Mapping, Sequence

from deploy import pushing, report
from deploy.crane import Crane
from deploy.errors import NotReady
from deploy.files import write
from deploy.options import Parser, told, user_path
from deploy.pushing import Local, Push, Pushed
from deploy.registry import connect
from deploy.release import images_of, of_build, workspace
from deploy.repository import Repository, check_tags
from deploy.values import ENVIRONMENTS, read_values
from orchestrator.core import release
from orchestrator.core.model import ORCHESTRATOR, Release
from orchestrator.core.release import LAYOUT


def main(arguments: Sequence[str]) -> int:
    """Push and write; the exit code."""
    options = _options(arguments)
    return told("push", lambda: _work(options))


def _work(options: argparse.Namespace) -> int:
    check_tags(options.tag)
    repository = _repository(options)
    made = of_build(os.environ, workspace())
    _refuse(made, allow_dirty=options.allow_dirty)
    rows = push(made, repository, dry=options.dry_run, tags=options.tag)
    report.table(rows, repository, dry=options.dry_run)
    if not options.dry_run:
        _write(user_path(options.out), release.dumps(in_registry(made, repository)))
    return 0


def push(made: Release, repository: Repository, *, dry: bool, tags: Sequence[str]) -> list[Pushed]:
    """Push the images of a release that lie on this machine. Raises DeployError."""
    images = local(made, pathlib.Path.cwd())
    registry = connect(repository, Crane(program=pathlib.Path(os.environ["CRANE"]).absolute()))
    with registry.http, report.watcher() as watcher:
        work = Push(registry=registry, tags=tags, watcher=watcher, dry=dry)
        return list(work.images(images))


def local(made: Release, root: pathlib.Path) -> list[Local]:
    """The images of a release that lie below `root`, the orchestrator's last; others are where they are already."""
    images = [(name, image) for name, image in images_of(made).items() if image.ref.startswith(LAYOUT)]
    return [pushing.read(name, root / image.ref.removeprefix(LAYOUT), image.digest) for name, image in images]


def in_registry(made: Release, repository: Repository) -> Release:
    """The release with the images in a registry instead of on this machine."""
    moved = {
        name: dataclasses.replace(image, ref=repository.ref(name, image.digest))
        if image.ref.startswith(LAYOUT)
        else image
        for name, image in images_of(made).items()
    }
    own = moved.pop(ORCHESTRATOR)
    return dataclasses.replace(made, images=moved, orchestrator=own)


def _refuse(made: Release, *, allow_dirty: bool) -> None:
    """Raise NotReady with every reason why this build is none that anybody could make again."""
    drift: list[Mapping[str, str]] = json.loads(pathlib.Path(os.environ["DRIFT"]).read_text())
    problems = []
    if drift:
        names = ", ".join(f"{item['name']} (pinned {item['pinned']}, here {item['used']})" for item in drift)
        problems.append(
            f"the images are not those of tools/debian/debian.lock: {names}. Renew the lock and commit it: "
            "./bazelw run //:lock_debian"
        )
    if made.dirty and not allow_dirty:
        problems.append(
            f"files differ from the commit {made.revision[:12]}: commit them, or push what nobody can build again by "
            "--allow-dirty"
        )
    if problems:
        raise NotReady("\n".join(problems))


def repository_of(environment: str) -> Repository:
    """Where an environment's images are. Raises WrongInput."""
    values = read_values(workspace(), environment)
    return Repository.parse(values.repository, source=f"{values.source}: repository")


def _repository(options: argparse.Namespace) -> Repository:
    if options.repository is not None:
        return Repository.parse(options.repository, source="--repository")
    return repository_of(options.env)


def _write(path: pathlib.Path, text: str) -> None:
    try:
        write(path, text)
    except OSError as error:
        raise NotReady(
            f"{path} cannot be written: {error.strerror}. The images are pushed; name another: --out FILE"
        ) from error
    print(f"{path}: {release.loads(text).revision}")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(
        "push", "Pushes the images of this commit to a registry, as far as it lacks them, and writes release.json."
    )
    parser.add_argument("--repository", metavar="HOST/PROJECT/REPO", help="where to; else the environment's")
    parser.add_argument("--env", choices=ENVIRONMENTS, default="dev", help="whose repository, if none is named (dev)")
    parser.add_argument("--tag", metavar="T", action="append", default=[], help="also name the images so; repeatable")
    parser.add_argument(
        "--dry-run", action="store_true", help="ask the registry and say what would be sent; send nothing"
    )
    parser.add_argument("--allow-dirty", action="store_true", help="push although files differ from the commit")
    parser.add_argument("--out", metavar="FILE", default="release.json", help="the release to write (release.json)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
