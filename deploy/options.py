"""What the commands of `//deploy` share: a command line whose mistakes are 64, and errors that are told, not traced."""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
from collections.abc import Callable
from typing import NoReturn

from deploy.errors import CODES, DeployError
from deploy.values import ENVIRONMENTS
from orchestrator.core.errors import NightjarError

_AGAIN = 75
_BAD_INPUT = 65


class Parser(argparse.ArgumentParser):
    """A command line with the exit codes in its help."""

    def __init__(self, name: str, description: str) -> None:
        form = argparse.RawDescriptionHelpFormatter
        super().__init__(prog=name, description=description, epilog=CODES, formatter_class=form)

    def error(self, message: str) -> NoReturn:
        """Say it, and how it is used; exit 64."""
        self.print_usage(sys.stderr)
        self.exit(64, f"{self.prog}: {message}\n")


def add_environment(parser: argparse.ArgumentParser) -> None:
    """Which environment, and where things are if not in the cloud."""
    parser.add_argument("--env", choices=ENVIRONMENTS, default="dev", help="the environment (dev)")
    trying = parser.add_argument_group("to try it without a cloud, each also by the variable that it names")
    _add_place(trying, "--local", "DIR", "Terraform's state and the history of releases in this folder")
    _add_place(trying, "--endpoint", "HOST:PORT", "an emulator instead of Cloud Run's Admin API")
    _add_place(trying, "--secrets-endpoint", "HOST:PORT", "an emulator instead of Secret Manager")


def _add_place(group: argparse._ArgumentGroup, flag: str, what: str, text: str) -> None:
    variable = f"NIGHTJAR_{flag.removeprefix('--').replace('-', '_').upper()}"
    group.add_argument(flag, metavar=what, default=os.environ.get(variable) or None, help=f"{text} ({variable})")


def add_release(parser: argparse.ArgumentParser) -> None:
    """Which release."""
    parser.add_argument("--release", metavar="FILE", default="release.json", help="what push wrote (release.json)")


def add_apply(parser: argparse.ArgumentParser) -> None:
    """How it is applied."""
    parser.add_argument("--yes", action="store_true", help="apply without asking")
    parser.add_argument("--short", action="store_true", help="show the plan without Terraform's own words")
    parser.add_argument("--allow-dirty", action="store_true", help="apply although files differ from the commit")
    parser.add_argument("--no-wait", action="store_true", help="do not wait until Cloud Run has the jobs ready")


def user_path(text: str) -> pathlib.Path:
    """A path as the person means it, who is somewhere else than this program."""
    return pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), text).absolute()


def told(name: str, work: Callable[[], int]) -> int:
    """The exit code of a command's work; an error of a person's or of the world's is told in words."""
    try:
        return work()
    except DeployError as error:
        _say(name, str(error))
        return error.code
    except NightjarError as error:
        _say(name, str(error))
        return _BAD_INPUT
    except KeyboardInterrupt:
        _say(name, "stopped. What was done stays done: the same command goes on")
        return _AGAIN


def _say(name: str, text: str) -> None:
    sys.stdout.flush()
    print("\n".join(f"{name}: {line}" for line in text.splitlines()), file=sys.stderr)
