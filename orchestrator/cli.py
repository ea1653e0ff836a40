"""The command line of `nightjar`: argv to one call of `commands` or `files`, and its exit code.

Nothing but argparse is imported before the command is known, so that `--help` is there at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from orchestrator import exits
from orchestrator.core.errors import NightjarError
from orchestrator.exits import ExitCode

if TYPE_CHECKING:
    from datetime import date

    from orchestrator.commands.driving import Decision
    from orchestrator.config import Config
    from steps.kit.contract import RunId

_DESCRIPTION = """\
Runs a daily pipeline: each step in its order, each logical date once, whatever dies meanwhile.
Every option can also be set by a variable: --store by NIGHTJAR_STORE, and so on."""

_STORE = """\
where runs are recorded: sqlite:PATH, file:///FOLDER, gs://BUCKET/PREFIX or postgresql://USER:PASSWORD@HOST/DATABASE,
which is better set by its variable (sqlite:STATE/runs.sqlite)"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    try:
        options = _parser().parse_args(arguments)
        code: ExitCode = options.command(options)
        sys.stdout.flush()
    except NightjarError as err:
        print(err, file=sys.stderr)
        return exits.of_error(err)
    except BrokenPipeError:
        # Whoever read the output has seen enough; without this the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception:  # noqa: BLE001  (the last resort of a process: a defect gets an exit code of its own)
        import traceback  # noqa: PLC0415

        traceback.print_exc()
        print("This is a defect of nightjar; the log of the run is as it was.", file=sys.stderr)
        return ExitCode.INTERNAL
    return code


class _Parser(argparse.ArgumentParser):
    """Ends with the exit code for usage errors that the others in this family of programs use."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="nightjar",
        description=_DESCRIPTION,
        epilog=exits.table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    python = ".".join(map(str, sys.version_info[:3]))
    parser.add_argument("--version", action="version", version=f"nightjar (Python {python})")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    validate = _command(commands, "validate", _validate, "check a pipeline file; every problem is told at once")
    validate.add_argument("file", metavar="FILE")
    validate.add_argument("--resolved", metavar="OUT", help="write the resolved form, canonical JSON, to this file")

    graph = _command(commands, "graph", _graph, "draw the steps of a pipeline file")
    graph.add_argument("file", metavar="FILE")
    graph.add_argument("--format", choices=("text", "mermaid"), default="text")

    _driving_commands(commands)
    _looking_commands(commands)
    return parser


def _driving_commands(commands: _Commands) -> None:
    run = _command(commands, "run", _run, "run a day, or continue it; a day that is done stays done")
    run.add_argument("--date", metavar="D", help="logical date YYYY-MM-DD; the day that is due if not given")
    run.add_argument(
        "--catch-up", metavar="N", type=_count, help="days before the due one to run first if nobody triggered them"
    )
    retry = _command(commands, "retry", _retry, "do again what failed in a run, and what was skipped for it")
    retry.add_argument("run", metavar="RUN", nargs="?", help="a run or a date; the day that is due if not given")
    rerun = _command(commands, "rerun", _rerun, "do days again that are done, as a new generation each")
    rerun.add_argument("days", metavar="DATE[..DATE]", help="a logical date, or the first and the last of a range")
    backfill = _command(commands, "backfill", _backfill, "run every day of a range that is not done")
    backfill.add_argument("first", metavar="FROM", help="the first logical date")
    backfill.add_argument("last", metavar="TO", help="the last logical date")
    backfill.add_argument("--dry-run", action="store_true", help="print what would be done with each day")
    cancel = _command(commands, "cancel", _cancel, "end a run: what runs is cancelled, nothing else is started")
    cancel.add_argument("run", metavar="RUN", help="a run such as PIPELINE-YYYY-MM-DD-g1")
    for each in (retry, rerun):
        each.add_argument("--from", metavar="STEP", dest="start", help="only this step and what depends on it")
    for each in (rerun, backfill):
        each.add_argument("--parallel", metavar="N", type=_count, default=1, help="how many days at once (1)")
    for each in (run, retry):
        each.add_argument(
            "--allow-mixed", action="store_true", help="go on with what is deployed now, if the run began with another"
        )
    for each in (retry, rerun, cancel):
        each.add_argument("--why", metavar="TEXT", default="", help="the reason, for the record")
        each.add_argument("--by", metavar="NAME", help="who asks, for the record ($USER)")
    for each in (run, retry, rerun, backfill, cancel):
        each.add_argument("--root", metavar="DIR", help="folder in which the release's commands and images are (here)")
        each.add_argument("--bubblewrap", metavar="FILE", help="the program that runs steps from their images")
        each.add_argument("--environment", metavar="FILE", help="JSON of this place's `env` and `secrets`, mode 0600")
        _add_cloud(each)
        each.add_argument(
            "--log-format", choices=("auto", "text", "json"), help="auto: a live view on a terminal, else text"
        )
        _add_place(each)
    for each in (run, retry, rerun, backfill):
        _add_release(each)


def _looking_commands(commands: _Commands) -> None:
    plan = _command(commands, "plan", _plan, "print what `run` would do now")
    plan.add_argument("--date", metavar="D", help="logical date YYYY-MM-DD; the day that is due if not given")
    _add_release(plan)
    status = _command(commands, "status", _status, "show runs: what happened, what is going on, what waits for what")
    status.add_argument("run", metavar="RUN", nargs="?", help="a run such as PIPELINE-YYYY-MM-DD-g1")
    status.add_argument("--date", metavar="D", help="the runs of this logical date")
    status.add_argument("--json", action="store_true", help="for programs")
    watch = _command(commands, "watch", _watch, "see a run go until it has ended, whoever drives it")
    watch.add_argument("run", metavar="RUN", help="a run, or a date, whose next run or news is waited for")
    watch.add_argument("--log-format", choices=("auto", "text", "json"), help="as of `run`")
    for each in (plan, status, watch):
        _add_place(each)


def _add_place(command: argparse.ArgumentParser) -> None:
    command.add_argument("--store", metavar="URL", help=_STORE)
    command.add_argument("--state", metavar="DIR", help="folder for what is kept of runs on this machine (.nightjar)")


def _add_cloud(command: argparse.ArgumentParser) -> None:
    command.add_argument("--runner", choices=("process", "cloud-run"), help="where steps run: here, or on Cloud Run")
    command.add_argument("--project", metavar="ID", help="project of the jobs, for --runner cloud-run")
    command.add_argument("--region", metavar="REGION", help="region of the jobs")
    command.add_argument("--endpoint", metavar="HOST:PORT", help="an emulator instead of Cloud Run")
    command.add_argument("--transport", choices=("grpc", "rest"), help="how Cloud Run is called (grpc)")
    command.add_argument(
        "--poll-by-listing", choices=("yes", "no"), help="look at many executions at once; needs run.viewer (no)"
    )
    command.add_argument("--launches-per-minute", metavar="N", help="how many executions to start a minute (60)")


def _add_release(command: argparse.ArgumentParser) -> None:
    command.add_argument("--release", metavar="FILE", help="release.json: the pipeline and what its steps run from")
    command.add_argument("--storage", metavar="URL", help="object store of the steps (file://STATE/storage)")


def _count(text: str) -> int:
    if not text.isdecimal() or not text.isascii():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)


type _Commands = argparse._SubParsersAction[_Parser]  # noqa: SLF001  (it has no public name)


def _command(commands: _Commands, name: str, call: object, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=exits.table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=call)
    return parser


def _config(options: argparse.Namespace) -> Config:
    from orchestrator import config  # noqa: PLC0415

    flags = {name: value for name, value in vars(options).items() if value is None or isinstance(value, str)}
    return config.read(flags, os.environ)


def _validate(options: argparse.Namespace) -> ExitCode:
    from orchestrator import config, files  # noqa: PLC0415

    resolved = config.user_path(options.resolved, os.environ) if options.resolved else None
    return files.validate(config.user_path(options.file, os.environ), resolved=resolved)


def _graph(options: argparse.Namespace) -> ExitCode:
    from orchestrator import config, files  # noqa: PLC0415

    return files.draw(config.user_path(options.file, os.environ), mermaid=options.format == "mermaid")


def _plan(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import looking  # noqa: PLC0415

    return looking.plan(_config(options))


def _status(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import looking  # noqa: PLC0415

    run = _run_id(options.run) if options.run else None
    return looking.status(_config(options), run=run, as_json=options.json)


def _watch(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import watching  # noqa: PLC0415

    return watching.watch(_config(options), _target(options.run))


def _run(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import driving  # noqa: PLC0415

    return driving.run(_config(options), _decision(options), catch_up=options.catch_up)


def _retry(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import driving  # noqa: PLC0415

    target = _target(options.run) if options.run else None
    return driving.retry(_config(options), target, _decision(options))


def _rerun(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import driving  # noqa: PLC0415

    first, _, last = options.days.partition("..")
    days = _days(first, last or first)
    return driving.rerun(_config(options), days, _decision(options), parallel=max(options.parallel, 1))


def _backfill(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import driving  # noqa: PLC0415

    days = _days(options.first, options.last)
    return driving.backfill(_config(options), days, parallel=max(options.parallel, 1), dry_run=options.dry_run)


def _cancel(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import cancelling  # noqa: PLC0415

    return cancelling.cancel(_config(options), _run_id(options.run), why=options.why)


def _decision(options: argparse.Namespace) -> Decision:
    from orchestrator.commands.driving import Decision  # noqa: PLC0415

    given = vars(options)
    return Decision(**{name: given[name] for name in ("start", "why", "allow_mixed") if name in given})


def _target(text: str) -> RunId | date:
    return _date(text) if text[:1].isdigit() else _run_id(text)


def _run_id(text: str) -> RunId:
    from orchestrator.core.errors import ConfigurationError  # noqa: PLC0415
    from steps.kit.contract import RunId  # noqa: PLC0415

    try:
        return RunId.parse(text)
    except ValueError as err:
        raise ConfigurationError([f"{err}; `nightjar status` lists the runs"]) from err


def _date(text: str) -> date:
    import datetime as dt  # noqa: PLC0415

    from orchestrator.core.errors import ConfigurationError  # noqa: PLC0415

    try:
        return dt.date.fromisoformat(text)
    except ValueError as err:
        raise ConfigurationError([f"{text!r} is no day of the calendar: write YYYY-MM-DD"]) from err


def _days(first: str, last: str) -> tuple[date, ...]:
    from orchestrator.core import dates  # noqa: PLC0415
    from orchestrator.core.errors import ConfigurationError  # noqa: PLC0415

    if days := dates.span(_date(first), _date(last)):
        return days
    raise ConfigurationError([f"{last} comes before {first}: name the earlier day first"])
