"""The command line of `nightjar`: argv to one call of `app` or `files`, and its exit code.

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
    from orchestrator.config import Config

_DESCRIPTION = """\
Runs a daily pipeline: each step in its order, each logical date once, whatever dies meanwhile.
Every option can also be set by a variable: --store by NIGHTJAR_STORE, and so on."""


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

    plan = _command(commands, "plan", _plan, "print what `run` would do now")
    run = _command(commands, "run", _run, "run a day, or continue it; a day that is done stays done")
    for each in (plan, run):
        each.add_argument("--release", metavar="FILE", help="release.json: the pipeline and what its steps run from")
        each.add_argument("--date", metavar="D", help="logical date YYYY-MM-DD; the day that is due if not given")
        each.add_argument("--storage", metavar="URL", help="object store of the steps (file://STATE/storage)")
    run.add_argument("--root", metavar="DIR", help="folder in which the release's commands and images are (here)")
    run.add_argument("--bubblewrap", metavar="FILE", help="the program that runs steps from their images")
    run.add_argument("--runner", choices=("process", "cloud-run"), help="where steps run: this machine, or Cloud Run")
    run.add_argument("--project", metavar="ID", help="project of the jobs, for --runner cloud-run")
    run.add_argument("--region", metavar="REGION", help="region of the jobs")
    run.add_argument("--endpoint", metavar="HOST:PORT", help="an emulator instead of Cloud Run")
    run.add_argument("--transport", choices=("grpc", "rest"), help="how Cloud Run is called (grpc)")
    run.add_argument(
        "--poll-by-listing", choices=("yes", "no"), help="look at many executions at once; needs run.viewer"
    )
    run.add_argument("--launches-per-minute", metavar="N", help="how many executions to start a minute (60)")
    run.add_argument("--environment", metavar="FILE", help="JSON of this place's `env` and `secrets`, mode 0600")
    run.add_argument(
        "--log-format", choices=("auto", "text", "json"), help="auto: a live view on a terminal, else text"
    )
    run.add_argument("--retry", action="store_true", help="do again what failed, and what was skipped for it")

    status = _command(commands, "status", _status, "show runs: what happened, what is going on, what waits for what")
    status.add_argument("run", metavar="RUN", nargs="?", help="a run such as PIPELINE-YYYY-MM-DD-g1")
    status.add_argument("--date", metavar="D", help="the runs of this logical date")
    status.add_argument("--json", action="store_true", help="for programs")
    for each in (plan, run, status):
        each.add_argument("--store", metavar="URL", help="where runs are recorded (sqlite:STATE/runs.sqlite)")
        each.add_argument("--state", metavar="DIR", help="folder for what is kept of runs on this machine (.nightjar)")
    return parser


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
    from orchestrator import app  # noqa: PLC0415

    return app.plan(_config(options))


def _run(options: argparse.Namespace) -> ExitCode:
    from orchestrator import app  # noqa: PLC0415

    return app.run(_config(options), retry=options.retry)


def _status(options: argparse.Namespace) -> ExitCode:
    from orchestrator import app  # noqa: PLC0415
    from orchestrator.core.errors import ConfigurationError  # noqa: PLC0415
    from steps.kit.contract import RunId  # noqa: PLC0415

    try:
        run = RunId.parse(options.run) if options.run else None
    except ValueError as err:
        raise ConfigurationError([str(err)]) from err
    return app.status(_config(options), run=run, as_json=options.json)
