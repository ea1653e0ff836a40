"""Runs an image here, without Docker, as Cloud Run would: `./bazelw run //tools/images:shell -- IMAGE [CMD …]`.

Read-only root, the image's user, no capability, `/tmp` in memory. Without CMD the image's own program runs, and of a
debug variant the shell. What runs takes this program's place, so signals and the exit code are its own.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
from typing import NoReturn

from orchestrator.runners.bubblewrap import Mounts
from orchestrator.runners.images import Unpacked
from orchestrator.runners.layouts import ImageError
from tools.images.run import images

_SHELL = "/usr/bin/sh"
_DEBUG = "_debug"
_USAGE = 64
_CONFIGURATION = 78


def main(arguments: list[str]) -> int:
    """Become the image's program; an exit code only where that fails."""
    options = _parser().parse_args(arguments)
    try:
        named = images.find(options.image)
        images.prepare()
        with images.held(named) as (unpacked, hold):
            mounts = Mounts(writable=[_user_path(each) for each in options.mount])
            command = images.command(unpacked, _wanted(options, unpacked), mounts=mounts)
            environment = images.environment(unpacked, dict(options.env))
            if term := os.environ.get("TERM"):
                environment.setdefault("TERM", term)
            os.set_inheritable(hold, True)  # noqa: FBT003  (the standard library's own signature)
            sys.stdout.flush()
            os.execve(command[0], command, environment)  # noqa: S606  (no shell is wanted)
    except ImageError as err:
        print(f"shell: {err}", file=sys.stderr)
        return _CONFIGURATION


def _wanted(options: argparse.Namespace, unpacked: Unpacked) -> list[str]:
    words: list[str] = options.command
    if options.args:
        return [*unpacked.config.command, *words]
    if not words and options.image.endswith(_DEBUG):
        return [_SHELL]
    return words


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="shell",
        description="Runs an image here, without Docker, as Cloud Run would.",
        epilog="Examples: `STEP` runs the step, `STEP_debug` a shell in its image, `--args orchestrator --help` "
        "asks the orchestrator, `STEP python3.13 -I -c 'import httpx'` runs the image's interpreter. "
        f"Images: {', '.join(images.built())}.",
    )
    parser.add_argument("--args", action="store_true", help="CMD is what the image's own program is given")
    parser.add_argument(
        "--env", type=_variable, action="append", default=[], metavar="NAME=VALUE", help="set a variable"
    )
    parser.add_argument(
        "--mount", action="append", default=[], metavar="DIR", help="let it use this folder, at the same path"
    )
    parser.add_argument("image", metavar="IMAGE", help="a step's name, orchestrator, either with _debug, or a layout")
    parser.add_argument("command", metavar="CMD", nargs=argparse.REMAINDER, help="what to run instead")
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(_USAGE, f"{self.prog}: {message}\n")


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no variable: write NAME=VALUE")
    return name, value


def _user_path(text: str) -> pathlib.Path:
    path = pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), text).absolute()
    if not path.is_dir():
        raise ImageError(f"--mount {path} is no folder: name one that exists")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
