"""A virtual environment over the wheels of the lock as Bazel unpacked them: nothing is downloaded or copied.

Editors and debuggers want `.venv/bin/python`. It is a link to the interpreter that ships in the images, and a `.pth`
file names the folders of the wheels and the repository. The environment is written beside its place and then moved
there, so an interruption leaves no half of one. It is never needed to build, test or run: those go through Bazel.
"""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import platform
import shutil
import tempfile
import types
import venv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_PTH = "nightjar.pth"
_SCRIPT = """#!{python}
import sys
from {module} import {function}
sys.exit({attribute}())
"""


class VenvError(Exception):
    """What a person can mend: the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An environment that is in its place."""

    folder: pathlib.Path
    python: pathlib.Path
    version: str
    wheels: int


def wheels(path: Iterable[str]) -> tuple[pathlib.Path, ...]:
    """The folders of unpacked wheels on an import path, behind Bazel's links, which the next build may move.

    Bazel links the files of a folder, so the folder is found behind a file that every wheel has.
    """
    found = (pathlib.Path(entry).glob("*.dist-info/METADATA") for entry in path if entry.endswith("/site-packages"))
    return tuple(dict.fromkeys(file.resolve().parents[1] for files in found for file in files))


def make(
    folder: pathlib.Path, *, repository: pathlib.Path, interpreter: pathlib.Path, wheels: Sequence[pathlib.Path]
) -> Made:
    """Put an environment at `folder`, in an earlier one's place. Raises VenvError where something else is there."""
    if folder.exists() and not any(folder.glob(f"lib/python3*/site-packages/{_PTH}")):
        raise VenvError(f"{folder} is there and was not made by this; move it away or give another place")
    if not wheels:
        raise VenvError("no wheel is on the import path; start this by `./bazelw run //:venv`")
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        scratch.chmod(0o755)
        fill(scratch, place=folder, repository=repository, interpreter=interpreter.resolve(), wheels=wheels)
        replace(folder, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Made(folder=folder, python=folder / "bin" / "python", version=platform.python_version(), wheels=len(wheels))


def fill(
    scratch: pathlib.Path,
    *,
    place: pathlib.Path,
    repository: pathlib.Path,
    interpreter: pathlib.Path,
    wheels: Sequence[pathlib.Path],
) -> None:
    """Write an environment into `scratch` that will work once it lies at `place`."""
    programs = scratch / "bin"
    programs.mkdir()
    for name in ("python", "python3", f"python{_minor()}"):
        (programs / name).symlink_to(interpreter)
    (scratch / "pyvenv.cfg").write_text(
        f"home = {interpreter.parent}\ninclude-system-site-packages = false\nversion = {platform.python_version()}\n"
    )
    packages = scratch / "lib" / f"python{_minor()}" / "site-packages"
    packages.mkdir(parents=True)
    (packages / _PTH).write_text("".join(f"{path}\n" for path in (repository, *wheels)))
    write_activation(programs, place=place)
    write_programs(programs, place=place, wheels=wheels)


def write_activation(programs: pathlib.Path, *, place: pathlib.Path) -> None:
    """Write `bin/activate` and its like from the standard library's templates."""
    context = types.SimpleNamespace(
        bin_name="bin",
        bin_path=str(programs),
        env_dir=str(place),
        env_exe=str(place / "bin" / "python"),
        env_name=place.name,
        prompt="nightjar",
    )
    builder = venv.EnvBuilder()
    builder.install_scripts(context, str(pathlib.Path(venv.__file__).parent / "scripts"))


def write_programs(programs: pathlib.Path, *, place: pathlib.Path, wheels: Sequence[pathlib.Path]) -> None:
    """The wheels' programs: links to those that they carry, a script for each entry point."""
    for wheel in wheels:
        carried = sorted(path for path in wheel.parent.glob("bin/*") if os.access(path, os.X_OK))
        for path in carried:
            (programs / path.name).symlink_to(path)
    distributions = importlib.metadata.distributions(path=[str(wheel) for wheel in wheels])
    for point in (point for each in distributions for point in each.entry_points.select(group="console_scripts")):
        script = programs / point.name
        if script.exists():
            continue
        script.write_text(
            _SCRIPT.format(
                python=place / "bin" / "python",
                module=point.module,
                function=point.attr.split(".")[0],
                attribute=point.attr,
            )
        )
        script.chmod(0o755)


def replace(folder: pathlib.Path, scratch: pathlib.Path) -> None:
    """Move `scratch` to `folder`; what was there goes."""
    if folder.exists():
        old = scratch.with_suffix(".old")
        folder.rename(old)
        scratch.rename(folder)
        shutil.rmtree(old)
    else:
        scratch.rename(folder)


def _minor() -> str:
    return ".".join(platform.python_version_tuple()[:2])
