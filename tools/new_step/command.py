"""Writes steps/NAME and its entry in pipeline.yaml, or says why it wrote nothing.

Everything is checked first and all problems are told at once. Then the folder and the file are made beside their places
and renamed into them, so that there is never half of a file.
"""

from __future__ import annotations

import argparse
import keyword
import os
import pathlib
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import NoReturn

from orchestrator.core import spec
from orchestrator.core.problems import did_you_mean
from steps.kit import contract
from tools.new_step.entry import NewStep, NoPlaceError, add_entry
from tools.new_step.files import files

_DESCRIPTION = "Publishes the counts of the steps before it."
_TAKEN = frozenset({"kit", "lib"})
"""`kit` is the folder that steps share, `lib` the target of a step's modules."""


def main(arguments: Sequence[str], root: pathlib.Path) -> int:
    """Write the step into the repository at `root`; the exit code says whether it was written."""
    options = _parser().parse_args(arguments)
    needs = tuple(need for words in options.needs for need in words.replace(",", " ").split())
    step = NewStep(name=options.name, description=options.description, needs=needs)
    try:
        text = spec.decode((root / "pipeline.yaml").read_bytes())
        problems = [*_check_name(step.name, root), *_check_needs(step, text)]
        if not problems:
            _write(root, step, add_entry(text, step))
    except (spec.SpecError, NoPlaceError) as err:
        problems = [str(err)]
    except OSError as err:
        problems = [f"{err.filename}: {err.strerror}"]
    if problems:
        print(*(f"new_step: {problem}" for problem in problems), "Nothing was written.", sep="\n", file=sys.stderr)
        return contract.Exit.USAGE
    print(_report(step))
    return contract.Exit.DONE


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(contract.Exit.USAGE, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="new_step",
        description="Adds a step to the pipeline: the folder steps/NAME with program and test, and the entry in "
        "pipeline.yaml. The step works at once; change it from there.",
        epilog="Exit codes: 0 written, 64 something is wrong and nothing was written.",
    )
    parser.add_argument("name", metavar="NAME", help="lower-case letters, digits and underscores, a letter first")
    parser.add_argument("--needs", metavar="A,B", action="append", default=[], help="steps that it reads")
    parser.add_argument(
        "--description", default=_DESCRIPTION, help="what it does, in a sentence (default: %(default)s)"
    )
    return parser


def _check_name(name: str, root: pathlib.Path) -> list[str]:
    if contract.STEP_NAME.fullmatch(name) is None:
        meant = name.lower().replace("-", "_").replace(" ", "_")
        remedy = f" {meant!r} would do." if contract.STEP_NAME.fullmatch(meant) else ""
        return [
            f"NAME: {name!r} is not lower-case letters, digits and underscores, a letter first, at most 40.{remedy}"
        ]
    if keyword.iskeyword(name) or name in _TAKEN or name.startswith("test_"):
        return [f"NAME: {name!r} cannot be a folder of steps/: Python, pytest or Bazel reads it as something else."]
    if (root / "steps" / name).exists():
        return [f"NAME: steps/{name} exists already. Choose another name, or remove the folder."]
    return []


def _check_needs(step: NewStep, text: str) -> list[str]:
    """What the options say against the pipeline; a pipeline that cannot be read is told later, with its lines."""
    try:
        known = spec.resolve(text).steps
    except spec.SpecError:
        return []
    problems = [f"NAME: {step.name!r} is in pipeline.yaml already. Choose another name."] if step.name in known else []
    unknown = [need for need in step.needs if need not in known]
    problems += [f"--needs: {need!r} is no step. {did_you_mean(need, known)}".rstrip() for need in unknown]
    twice = sorted({need for need in step.needs if step.needs.count(need) > 1})
    return problems + [f"--needs: {need!r} stands there twice. Keep one of them." for need in twice]


def _write(root: pathlib.Path, step: NewStep, text: str) -> None:
    """Make both beside their places, then rename; a failure leaves nothing behind."""
    pipeline = (root / "pipeline.yaml").resolve()
    with tempfile.TemporaryDirectory(prefix=".new_step-", dir=root / "steps") as scratch:
        folder, file = pathlib.Path(scratch, step.name), pathlib.Path(scratch, pipeline.name)
        _make(folder, files(step.name, step.needs))
        file.write_bytes(text.encode())
        shutil.copymode(pipeline, file)
        target = folder.rename(root / "steps" / step.name)
        try:
            os.replace(file, pipeline)  # noqa: PTH105 - the target must be overwritten, which is what the name says.
        except OSError:
            target.rename(folder)
            raise


def _make(folder: pathlib.Path, contents: Mapping[str, str]) -> None:
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")


def _report(step: NewStep) -> str:
    written = [f"Wrote steps/{step.name}/{name}" for name in files(step.name, step.needs)]
    return "\n".join(
        [
            *written,
            f"Added {step.name} to pipeline.yaml.",
            "",
            f"./bazelw test //steps/{step.name}:all            tests it",
            "./bazelw run //deploy:local -- --fresh    runs the pipeline with it",
        ]
    )
