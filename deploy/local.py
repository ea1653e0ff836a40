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
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NoReturn

from deploy import children, summary
from deploy.attempts import abandon
from deploy.children import Child
from deploy.files import write
from deploy.place import SERVICE, Needs, Place, PlaceError, read_environment
from deploy.release import Runner, add_runner, of_build, workspace
from orchestrator.core import release
from orchestrator.core.model import Pipeline
from steps.kit.contract import RunId
from steps.kit.storage import Storage
from tools.postgres.programs import PostgresError
from tools.postgres.server import server

RECORDED_DAY = "2018-02-01"
RECORDED = "2018-01-31 to 2018-02-03"
_STOP_SECONDS = 12.0
_START_SECONDS = 20.0
_AGAIN = 75
_RAN = (0, 1, _AGAIN)
_CONFIGURATION = 78


class Interrupted(Exception):  # noqa: N818 - not an error: somebody asked for it.
    """SIGINT, SIGTERM or SIGHUP."""


class PartLost(Exception):  # noqa: N818
    """A part that the run needs ended before it."""


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
    day = options.date or (RECORDED_DAY if recorded else None)
    if recorded and options.date is None:
        print(f"The day is {RECORDED_DAY}, which is recorded; --date and --service choose others.", flush=True)
    with ExitStack() as stack:
        own, watched = _provide(stack, place, needs, service=options.service)
        place.write_environment(given, own)
        code = _orchestrate(options, place, day, watched)
        # Anything else was said by the orchestrator, and there may be no run to show.
        return max(code, _conclude(made.pipeline, place, day, runner=options.runner)) if code in _RAN else code


def _provide(
    stack: ExitStack, place: Place, needs: Needs, *, service: str | None
) -> tuple[dict[str, dict[str, str]], dict[int, str]]:
    """Start what the steps need: the values that tell them of it, and the processes to watch."""
    env: dict[str, str] = {}
    secrets: dict[str, str] = {}
    watched: dict[int, str] = {}
    replay = None
    if needs.service and service is None:
        replay = stack.enter_context(_replay(place))
        watched[replay.process.pid] = f"the recorded service ({place.service_log})"
    if needs.database:
        database = stack.enter_context(server(place.database, durable=True))
        watched[database.pid] = f"PostgreSQL ({database.log})"
        secrets = dict.fromkeys(needs.database, database.dsn)
    if needs.service:
        env[SERVICE] = service or _address(replay, place)
    return {"env": env, "secrets": secrets}, watched


@contextmanager
def _replay(place: Place) -> Iterator[Child]:
    port = place.folder / "service.port"
    port.unlink(missing_ok=True)
    command: list[str | pathlib.Path] = [_program("FDSN_REPLAY"), "--port-file", port, _program("CATALOGUE")]
    child = children.start("the recorded service", command, log=place.service_log, environ=os.environ)
    try:
        yield child
    finally:
        child.stop(patience=_STOP_SECONDS)


def _address(replay: Child | None, place: Place) -> str:
    """The recorded service's address, once it listens."""
    port = place.folder / "service.port"
    deadline = time.monotonic() + _START_SECONDS
    while not port.exists():
        if replay is None or replay.process.poll() is not None or time.monotonic() > deadline:
            raise PlaceError(f"the recorded service did not start; see {place.service_log}")
        time.sleep(0.01)
    return f"http://127.0.0.1:{port.read_text().strip()}/fdsnws/event/1/"


def _orchestrate(options: argparse.Namespace, place: Place, day: str | None, watched: dict[int, str]) -> int:
    """Run the orchestrator's command; its exit code."""
    command: list[str | pathlib.Path] = [_program("ORCHESTRATOR"), *_wish(options, day), "--release", place.release]
    command += ["--state", place.folder, "--root", pathlib.Path.cwd(), "--environment", place.environment]
    if options.runner is Runner.IMAGES:
        command += ["--bubblewrap", _program("NIGHTJAR_BUBBLEWRAP")]
    command += ["--log-format", options.log_format]
    orchestrator = children.start("the orchestrator", command, log=None, environ=_clean(os.environ))
    try:
        ended = children.first_to_end({orchestrator.process.pid: orchestrator.name, **watched})
    except BaseException:
        orchestrator.stop(patience=_STOP_SECONDS)
        raise
    finally:
        abandon(place.folder)
    if ended != orchestrator.name:
        orchestrator.stop(patience=_STOP_SECONDS)
        raise PartLost(f"{ended} ended while the run needed it")
    code = orchestrator.process.wait()
    if code < 0:
        raise PartLost(f"the orchestrator was killed by {signal.Signals(-code).name}")
    return code


def _wish(options: argparse.Namespace, day: str | None) -> list[str]:
    """The orchestrator's command for what is asked: days that nobody ran on this machine were not missed."""
    start = ["--from", options.start] if options.start else []
    mixed = ["--allow-mixed"] if options.allow_mixed else []
    if options.rerun:
        return ["rerun", str(day), *start]
    if options.retry:
        return ["retry", *([day] if day else []), *start, *mixed]
    return ["run", *(["--date", day] if day else ["--catch-up", "0"]), *mixed]


def _conclude(pipeline: Pipeline, place: Place, day: str | None, *, runner: Runner) -> int:
    """Print the table of the day's newest run and where its outputs are; 0, or the code of a `status` that failed."""
    command: list[str | pathlib.Path] = [_program("ORCHESTRATOR"), "status", "--json", "--state", place.folder]
    command += ["--date", day] if day else []
    done = subprocess.run(command, env=_clean(os.environ), stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        return done.returncode
    runs = json.loads(done.stdout)
    if not runs:
        return 0
    newest = runs[0]
    storage = Storage.open(newest["storage"])
    run = RunId.parse(newest["run"])
    print()
    summary.render(summary.rows(newest, storage), title=f"{run}  {newest['outcome'] or newest['state']}")
    print()
    for path in summary.export(pipeline, storage, run, place.output(newest["logical_date"])):
        print(f"{path.name}: {path}")
    if newest["outcome"] == "failed":
        again = f"--retry --date {newest['logical_date']}{_flag('--out', place)}"
        again += "" if runner is Runner.IMAGES else f" --runner {runner}"
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
    if options.rerun and options.service and not options.date:
        parser.error("--rerun wants the day that is to be done again: add --date")
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


def _program(name: str) -> pathlib.Path:
    """A file of the build that the target names in the environment."""
    return pathlib.Path(os.environ[name]).absolute()


def _clean(environ: os._Environ[str]) -> dict[str, str]:
    """Without the settings that the orchestrator would take for its own: this program gives them as flags."""
    return {name: value for name, value in environ.items() if not name.startswith("NIGHTJAR_")}


def _folder(out: str | None) -> pathlib.Path:
    return _user_path(out) or workspace() / ".nightjar"


def _user_path(text: str | None) -> pathlib.Path | None:
    return pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), text).absolute() if text else None


def _interrupt(_number: int, _frame: object) -> None:
    raise Interrupted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
