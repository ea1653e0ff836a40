"""Runs a day of the pipeline on this machine: no cloud, no Docker, on recorded real data.

`./bazelw run //deploy:local`. Starts what the pipeline needs here (`place`), runs the orchestrator as anybody would, by
its command line, shows its progress, and ends with a table and the outputs. Everything lies in one folder, and what was
started is stopped however this ends. It knows no step's name.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NoReturn

from deploy import summary
from deploy.attempts import abandon
from deploy.children import environ, program
from deploy.files import write
from deploy.orchestrating import PartLost, by_cloud_run, directly
from deploy.place import Needs, Place, PlaceError, read_environment
from deploy.release import Runner, add_runner, of_build, workspace
from deploy.services import provide
from orchestrator.clock import SystemClock
from orchestrator.core import dates, release
from orchestrator.core.model import Pipeline
from steps.kit.contract import RunId
from steps.kit.storage import Storage
from tools.postgres.programs import PostgresError

RECORDED_DAY = "2018-02-01"
RECORDED = "2018-01-31 to 2018-02-03"
_AGAIN = 75
_RAN = (0, 1, _AGAIN)
_CONFIGURATION = 78


class Interrupted(Exception):  # noqa: N818 - not an error: somebody asked for it.
    """SIGINT, SIGTERM or SIGHUP."""


def main(arguments: Sequence[str]) -> int:
    """Run a day; the orchestrator's exit code, or 75 when it was stopped or a part was lost."""
    options = _options(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        place = Place(_folder(options.out))
        given = read_environment(_user_path(options.environment))
        with place.held():
            # What a killed run left: its service and database are gone, so it could not end well.
            abandon(place.folder)
            if options.fresh:
                place.clear()
            return _run(options, place, given)
    except (PlaceError, PostgresError) as error:
        print(f"local: {error}", file=sys.stderr)
        return _CONFIGURATION
    except OSError as error:
        where = error.filename or _folder(options.out)
        print(f"local: {where}: {error.strerror}. Mend that, or name another folder: --out DIR", file=sys.stderr)
        return _CONFIGURATION
    except PartLost as error:
        print(f"local: {error}\nNothing that finished is lost: the same command continues.", file=sys.stderr)
        return _AGAIN
    except Interrupted:
        print("local: stopped. Nothing that finished is lost: the same command continues.", file=sys.stderr)
        return _AGAIN


def _run(options: argparse.Namespace, place: Place, given: Mapping[str, Mapping[str, str]]) -> int:
    made = of_build(os.environ, workspace(), runner=options.runner)
    write(place.release, release.dumps(made))
    needs = Needs.of(made.pipeline)
    recorded = needs.service and options.service is None
    due = dates.logical_date(made.pipeline.schedule, SystemClock().now())
    day: str = options.date or (RECORDED_DAY if recorded else due.isoformat())
    if recorded and options.date is None:
        print(f"The day is {RECORDED_DAY}, which is recorded; --date and --service choose others.", flush=True)
    if not (options.fresh or options.rerun or options.retry):
        known = _status(place, day)
        if known.newest.get("outcome") == "succeeded":
            print(f"{known.newest['run']} is done already: there is nothing to do.", file=sys.stderr)
            return _conclude(made.pipeline, place, known, runner=options.runner)
    with ExitStack() as stack:
        services = provide(stack, place, needs, service=options.service)
        values = place.write_environment(given, {"env": services.env, "secrets": services.secrets})
        if options.runner is Runner.CLOUD_RUN:
            code = by_cloud_run(
                place,
                services,
                _wish(options, day),
                release=made,
                values=values,
                day=day,
                log_format=options.log_format,
            )
        else:
            code = directly(place, services, _wish(options, day), runner=options.runner, log_format=options.log_format)
        # Anything else was said by the orchestrator, and there may be no run to show.
        if code not in _RAN:
            return code
        return max(code, _conclude(made.pipeline, place, _status(place, day), runner=options.runner))


def _wish(options: argparse.Namespace, day: str) -> list[str]:
    """The orchestrator's command for what is asked."""
    start = ["--from", options.start] if options.start else []
    mixed = ["--allow-mixed"] if options.allow_mixed else []
    by = ["--by", os.environ.get("USER") or f"uid {os.getuid()}"]
    if options.rerun:
        return ["rerun", day, *start, *by]
    if options.retry:
        return ["retry", day, *start, *mixed, *by]
    return ["run", "--date", day, *mixed]


@dataclass(frozen=True, slots=True)
class _Status:
    """What `status` says of a day: its exit code, and the newest run, empty where there is none."""

    code: int
    newest: Mapping[str, Any]


def _status(place: Place, day: str) -> _Status:
    command: list[str | pathlib.Path] = [program("ORCHESTRATOR"), "status", "--json", "--state", place.folder]
    done = subprocess.run([*command, "--date", day], env=environ(), stdout=subprocess.PIPE, check=False)
    runs = json.loads(done.stdout) if done.returncode == 0 else []
    return _Status(done.returncode, runs[0] if runs else {})


def _conclude(pipeline: Pipeline, place: Place, status: _Status, *, runner: Runner) -> int:
    """Print the table of a day's newest run and where its outputs are; 0, or the code of a `status` that failed."""
    newest = status.newest
    if not newest:
        return status.code
    storage = Storage.open(newest["storage"])
    run = RunId.parse(newest["run"])
    print()
    summary.render(summary.rows(newest, storage), title=f"{run}  {newest['outcome'] or newest['state']}")
    print()
    for path in summary.export(pipeline, storage, run, place.output(newest["logical_date"])):
        print(f"{path.name}: {path}")
    if newest["outcome"] == "failed":
        again = f"--retry --date {newest['logical_date']}{_flag('--out', place)}"
        again += "" if runner is Runner.CLOUD_RUN else f" --runner {runner}"
        print(f"When the cause is mended: ./bazelw run //deploy:local -- {again}")
    print(f"More: ./bazelw run //orchestrator -- status {run}{_flag('--state', place)}")
    return 0


def _flag(name: str, place: Place) -> str:
    return "" if place.folder == workspace() / ".nightjar" else f" {name} {place.folder}"


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.start and not (options.retry or options.rerun):
        parser.error("--from goes with --retry or --rerun")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="local",
        description="Runs a day of the pipeline on this machine, on recorded data, with a database of its own.",
        epilog="Exit codes are those of `nightjar run`: 0 done, 1 a step failed, 64 wrong usage, 75 stopped and the "
        "same command continues, 78 something has to be set first.",
    )
    parser.add_argument("--date", type=_date, metavar="D", help=f"logical date YYYY-MM-DD; recorded: {RECORDED}")
    add_runner(parser)
    parser.add_argument("--fresh", action="store_true", help="forget all earlier local runs first")
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--retry", action="store_true", help="do again what failed in the day's run")
    again.add_argument("--rerun", action="store_true", help="do the day again, as a new generation of its run")
    parser.add_argument("--from", metavar="STEP", dest="start", help="retry or rerun only this and what depends on it")
    parser.add_argument(
        "--allow-mixed",
        action="store_true",
        help="go on with the steps as they are now in a run that began with others",
    )
    parser.add_argument("--service", type=_url, metavar="URL", help="a live FDSN event service; the day is yesterday")
    parser.add_argument("--out", metavar="DIR", help="folder of state and output (.nightjar in the workspace)")
    parser.add_argument("--environment", metavar="FILE", help="JSON of `env` and `secrets` that your own steps want")
    parser.add_argument("--log-format", choices=("auto", "text", "json"), default="auto", help="as of `nightjar run`")
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(64, f"{self.prog}: {message}\n")


def _date(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day of the calendar: write YYYY-MM-DD") from None


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} is no address: write http://… or https://…")
    return text


def _folder(out: str | None) -> pathlib.Path:
    return _user_path(out) or workspace() / ".nightjar"


def _user_path(text: str | None) -> pathlib.Path | None:
    return pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), text).absolute() if text else None


def _interrupt(_number: int, _frame: object) -> None:
    raise Interrupted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
