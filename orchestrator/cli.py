"""The command line of `nightjar`: argv to one call of `commands` or `files`, and its exit code.

Nothing but argparse is imported before the command is known, so that `--help` is there at once.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestrator import arguments, exits, streams
from orchestrator.core.errors import ConfigurationError, NightjarError
from orchestrator.exits import ExitCode

if TYPE_CHECKING:
    from orchestrator.commands.driving import Decision

_DESCRIPTION = """\
Runs a daily pipeline: each step in its order, each logical date once, whatever dies meanwhile.
Every option can also be set by a variable: --store by NIGHTJAR_STORE, and so on."""

_STORE = """\
where runs are recorded: sqlite:PATH, file:///FOLDER, gs://BUCKET/PREFIX or postgresql://USER:PASSWORD@HOST/DATABASE,
which is better set by its variable (sqlite:STATE/runs.sqlite)"""


_RECENT = 20


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    streams.prepare()
    options = argparse.Namespace()
    try:
        _parser().parse_args(words, options)
        if options.env is not None:
            options.json = False  # What is printed is what the execution says.
            code = _elsewhere(options, sys.argv[1:] if words is None else words)
        else:
            code = options.command(options)
    except NightjarError as err:
        code = _tell(err, as_json=vars(options).get("json", False))
    except SystemExit as ended:  # What argparse ends by, after its help too.
        code = ExitCode(int(ended.code or 0))
    except BrokenPipeError:
        code = ExitCode.DONE
    except KeyboardInterrupt:
        code = ExitCode.AGAIN
    except Exception:  # noqa: BLE001  (the last resort of a process: a defect gets an exit code of its own)
        import traceback  # noqa: PLC0415

        traceback.print_exc()
        print("This is a defect of nightjar; the log of the run is as it was.", file=sys.stderr)
        code = ExitCode.INTERNAL
    return streams.flushed(code)


def _tell(err: NightjarError, *, as_json: bool) -> ExitCode:
    """Say what is wrong, and say it as JSON too if a program listens."""
    code = exits.of_error(err)
    print(err, file=sys.stderr)
    if as_json:
        from orchestrator.display import results  # noqa: PLC0415

        problems = err.problems if isinstance(err, ConfigurationError) else [err]
        with contextlib.suppress(OSError):  # That it cannot be written may be the very error, and is told already.
            print(results.of_problems(problems, code))
    return code


def _parser() -> argparse.ArgumentParser:
    parser = arguments.Parser(
        prog="nightjar",
        description=_DESCRIPTION,
        epilog=exits.table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    python = ".".join(map(str, sys.version_info[:3]))
    parser.add_argument("--version", action="version", version=f"nightjar (Python {python})")
    parser.add_argument(
        "--env", metavar="ENV", help="run the command where this environment is deployed, as an execution of its job"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _driving_commands(commands)
    _looking_commands(commands)
    return parser


def _driving_commands(commands: arguments.Commands) -> None:
    run = arguments.command(commands, "run", _run, "run a day, or continue it; a day that is done stays done")
    run.add_argument("--date", metavar="D", help="logical date YYYY-MM-DD; the day that is due if not given")
    run.add_argument(
        "--catch-up",
        metavar="N",
        type=arguments.count,
        help="days before the due one to run first if nobody triggered them",
    )
    run.add_argument(
        "--renew", action="store_true", help="do the day anew, as a new generation, if it ended under another release"
    )
    retry = arguments.command(commands, "retry", _retry, "do again what failed in a run, and what was skipped for it")
    retry.add_argument("run", metavar="RUN", nargs="?", help="a run or a date; the day that is due if not given")
    rerun = arguments.command(commands, "rerun", _rerun, "do days again that are done, as a new generation each")
    rerun.add_argument("days", metavar="DATE[..DATE]", help="a logical date, or the first and the last of a range")
    backfill = arguments.command(commands, "backfill", _backfill, "run every day of a range that is not done")
    backfill.add_argument("first", metavar="FROM", help="the first logical date")
    backfill.add_argument("last", metavar="TO", help="the last logical date")
    backfill.add_argument("--dry-run", action="store_true", help="print what would be done with each day")
    cancel = arguments.command(
        commands, "cancel", _cancel, "end a run: what runs is cancelled, nothing else is started"
    )
    cancel.add_argument("run", metavar="RUN", help="a run such as PIPELINE-YYYY-MM-DD-g1")
    for each in (retry, rerun):
        each.add_argument("--from", metavar="STEP", dest="start", help="only this step and what depends on it")
    for each in (rerun, backfill):
        each.add_argument(
            "--parallel", metavar="N", type=arguments.positive, default=1, help="how many days at once (1)"
        )
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
        each.add_argument("--json", action="store_true", help="print what came of it, a line of JSON for each run")
        _add_place(each)
    for each in (run, retry, rerun, backfill):
        _add_release(each)


def _looking_commands(commands: arguments.Commands) -> None:
    validate = arguments.command(
        commands, "validate", _validate, "check a pipeline file; every problem is told at once"
    )
    validate.add_argument("--resolved", metavar="OUT", help="write the resolved form, canonical JSON, to this file")
    graph = arguments.command(commands, "graph", _graph, "draw the steps of a pipeline file")
    graph.add_argument("--format", choices=("text", "mermaid", "json"), default="text")
    plan = arguments.command(commands, "plan", _plan, "print what `run` would do now")
    plan.add_argument("--date", metavar="D", help="logical date YYYY-MM-DD; the day that is due if not given")
    _add_release(plan)
    status = arguments.command(
        commands, "status", _status, "show what needs attention, what runs, and the latest runs; or one run"
    )
    status.add_argument("--date", metavar="D", help="the runs of this logical date")
    status.add_argument(
        "--limit", metavar="N", type=arguments.positive, default=_RECENT, help=f"how many runs ({_RECENT})"
    )
    status.add_argument("--events", action="store_true", help="the run's log as well, event by event")
    logs = arguments.command(
        commands, "logs", _logs, "print what steps of a run said: the failing ones, or the one that is named"
    )
    logs.add_argument("--attempt", metavar="N", type=arguments.count, help="this attempt of the step (its last)")
    logs.add_argument("--task", metavar="N", type=arguments.count, help="this task (the one that failed, else all)")
    logs.add_argument(
        "--lines", metavar="N", type=arguments.count, default=50, help="last lines of each (50); 0 for all"
    )
    logs.add_argument("--follow", action="store_true", help="go on until the attempt has ended")
    for each in (status, logs):
        wanted = "?" if each is status else None
        each.add_argument("run", metavar="RUN", nargs=wanted, help="a run such as PIPELINE-YYYY-MM-DD-g1, or a date")
    logs.add_argument("step", metavar="STEP", nargs="?", help="the step; those that failed, else all, if not given")
    watch = arguments.command(commands, "watch", _watch, "see a run go until it has ended, whoever drives it")
    watch.add_argument("run", metavar="RUN", help="a run, or a date, whose next run or news is waited for")
    watch.add_argument("--log-format", choices=("auto", "text", "json"), help="as of `run`")
    for each in (validate, graph):
        each.add_argument("file", metavar="FILE", help="pipeline.yaml, or its resolved form")
    for each in (validate, graph, plan, status, logs):
        each.add_argument("--json", action="store_true", help="for programs")
    for each in (plan, status, logs, watch):
        _add_place(each)
    completion = arguments.command(
        commands, "completion", _completion, "print a script by which a shell completes commands"
    )
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))


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
    command.add_argument(
        "--release", metavar="FILE", help="release.json, or its gs://…: the pipeline and what its steps run from"
    )
    command.add_argument("--storage", metavar="URL", help="object store of the steps (file://STATE/storage)")


def _elsewhere(options: argparse.Namespace, words: Sequence[str]) -> ExitCode:
    from orchestrator.commands import remote  # noqa: PLC0415

    return remote.execute(options.env, remote.without_environment(words), os.environ)


def _validate(options: argparse.Namespace) -> ExitCode:
    from orchestrator import config, files  # noqa: PLC0415

    resolved = config.user_path(options.resolved, os.environ) if options.resolved else None
    return files.validate(config.user_path(options.file, os.environ), resolved=resolved, as_json=options.json)


def _graph(options: argparse.Namespace) -> ExitCode:
    from orchestrator import config, files  # noqa: PLC0415

    form = "json" if options.json else options.format
    return files.draw(config.user_path(options.file, os.environ), form=form)


def _plan(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import looking  # noqa: PLC0415

    return looking.plan(arguments.configuration(options))


def _status(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import looking  # noqa: PLC0415

    config, place = arguments.configuration(options), arguments.place(options)
    target = arguments.target(options.run) if options.run else config.day
    if target is None:
        return looking.overview_of_runs(config, place=place, limit=options.limit)
    return looking.status(config, target, place=place, with_events=options.events)


def _logs(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import logs  # noqa: PLC0415

    lines = options.lines or None
    wanted = logs.Wanted(step=options.step, attempt=options.attempt, task=options.task, lines=lines)
    return logs.logs(arguments.configuration(options), arguments.target(options.run), wanted, follow=options.follow)


def _completion(options: argparse.Namespace) -> ExitCode:
    from orchestrator import completion  # noqa: PLC0415

    print(completion.script(_parser(), options.shell), end="")
    return ExitCode.DONE


def _watch(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import watching  # noqa: PLC0415

    return watching.watch(arguments.configuration(options), arguments.target(options.run))


def _run(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import driving  # noqa: PLC0415

    return driving.run(arguments.configuration(options), _decision(options), catch_up=options.catch_up)


def _retry(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import driving  # noqa: PLC0415

    target = arguments.target(options.run) if options.run else None
    return driving.retry(arguments.configuration(options), target, _decision(options))


def _rerun(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import driving  # noqa: PLC0415

    first, _, last = options.days.partition("..")
    days = arguments.days(first, last or first)
    return driving.rerun(arguments.configuration(options), days, _decision(options), parallel=max(options.parallel, 1))


def _backfill(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import driving  # noqa: PLC0415

    days = arguments.days(options.first, options.last)
    return driving.backfill(
        arguments.configuration(options), days, parallel=max(options.parallel, 1), dry_run=options.dry_run
    )


def _cancel(options: argparse.Namespace) -> ExitCode:
    from orchestrator.commands import cancelling  # noqa: PLC0415

    return cancelling.cancel(arguments.configuration(options), arguments.run_id(options.run), why=options.why)


def _decision(options: argparse.Namespace) -> Decision:
    from orchestrator.commands.driving import Decision  # noqa: PLC0415

    given = vars(options)
    return Decision(**{name: given[name] for name in ("start", "why", "allow_mixed", "renew") if name in given})
