"""Runs an emulator of Cloud Run jobs until SIGTERM or SIGINT: `./bazelw run //tools/emulator -- --state DIR …`.

Prints its address when it answers, then what tasks say as Cloud Logging's entries. docs/emulator.md tells more.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from orchestrator.core.errors import ConfigurationError
from tools.emulator import faults_file, given
from tools.emulator.emulator import Emulator, Settings
from tools.emulator.script import Plan
from tools.emulator.secrets import Secrets

_CONFIGURATION = 78
_SOFTWARE = 70
_STOPS = {signal.SIGTERM, signal.SIGINT}


def main(arguments: Sequence[str]) -> int:
    """Run until told to stop; 78 for what a person has to change first."""
    options = _parser().parse_args(arguments)
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        settings = _settings(options)
        jobs = dict(_jobs(options, settings.root))
        emulator = _listening(settings)
        try:
            given.write(emulator.jobs, jobs)
            emulator.start()
            print(f"{settings.host}:{emulator.port}", flush=True)
            signal.sigwait(_STOPS)
        finally:
            emulator.stop()
    except ConfigurationError as err:
        print("\n".join(f"emulator: {line}" for line in str(err).splitlines()), file=sys.stderr)
        return _CONFIGURATION
    return _SOFTWARE if emulator.executor.failed else 0


def _listening(settings: Settings) -> Emulator:
    try:
        return Emulator(settings, sys.stdout)
    except OSError as err:
        raise ConfigurationError(
            [f"--port {settings.port} of {settings.host}: {err.strerror}: choose another, or 0 for a free one"]
        ) from err


def _settings(options: argparse.Namespace) -> Settings:
    problems: list[str] = []
    settings = Settings(
        state=_path(options.state),
        root=_path(options.root),
        project=options.project,
        region=options.region,
        host=options.host,
        port=options.port,
        bubblewrap=_path(options.bubblewrap) if options.bubblewrap else None,
        secrets=_path(options.secrets) if options.secrets else None,
        plan=_plan(options.faults, problems),
        volumes=dict(_volumes(options.volume, problems)),
        binds=tuple(_path(each) for each in options.bind),
        capacity=options.capacity,
        grace=timedelta(seconds=options.grace),
    )
    problems += [f"--bind {path} does not exist: make it first" for path in settings.binds if not path.exists()]
    try:
        Secrets(settings.secrets, options.project).read()
    except ConfigurationError as err:
        problems.append(str(err))
    if problems:
        raise ConfigurationError(problems)
    return settings


def _plan(text: str | None, problems: list[str]) -> Plan:
    try:
        return faults_file.read_file(_path(text)) if text else Plan()
    except ConfigurationError as err:
        problems.append(str(err))
        return Plan()


def _volumes(texts: Sequence[str], problems: list[str]) -> Iterator[tuple[str, Path]]:
    for text in texts:
        name, separator, folder = text.partition("=")
        if not separator or not name:
            problems.append(f"--volume {text!r} names no folder: write NAME=FOLDER")
        elif not _path(folder).is_dir():
            problems.append(f"--volume {text!r}: {_path(folder)} is no folder: make it first")
        else:
            yield name, _path(folder)


def _jobs(options: argparse.Namespace, root: Path) -> Iterator[tuple[str, object]]:
    if options.jobs:
        yield from given.of_release(_path(options.jobs), root)
    for each in options.job:
        yield given.of_file(_path(each))


def _path(text: str) -> Path:
    """A path as the user means it: `bazel run` starts programs elsewhere and says where the user was."""
    return (Path(os.environ.get("BUILD_WORKING_DIRECTORY") or Path.cwd()) / text).absolute()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="emulator", description=__doc__)
    add = parser.add_argument
    add("--state", required=True, help="folder for all that lasts; made when missing")
    add("--port", type=int, default=0, help="port for gRPC and REST (default: a free one)")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--project", default="local", help="project that is served (default: %(default)s)")
    add("--region", default="local", help="location that is served (default: %(default)s)")
    add("--jobs", metavar="RELEASE", help="release.json: a job for each step of it")
    add("--job", action="append", default=[], metavar="FILE", help="a Job of the API in JSON; can be repeated")
    add("--root", default=".", help="where relative paths of the release are (default: here)")
    add("--secrets", metavar="FILE", help="JSON file with secrets, mode 0600")
    add("--faults", metavar="FILE", help="JSON file with faults; POST /_faults replaces them")
    add(
        "--volume",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="folder of this machine for a volume of a job; can be repeated",
    )
    add(
        "--bind",
        action="append",
        default=[],
        metavar="PATH",
        help="path of this machine that every container sees at the same place; can be repeated",
    )
    add("--capacity", type=int, default=100, help="attempts that run at once (default: %(default)s)")
    add(
        "--grace",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="between SIGTERM and SIGKILL (default: %(default)s, as on Cloud Run)",
    )
    add(
        "--bubblewrap",
        default=os.environ.get("NIGHTJAR_BUBBLEWRAP"),
        metavar="PATH",
        help="what containers are made by (default: NIGHTJAR_BUBBLEWRAP)",
    )
    return parser  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
