"""The repository's files as a folder of their own, for tools that walk folders and pass links by."""

from __future__ import annotations

import os
import pathlib
import shutil

_ENDING = ".txt"
_BAZEL_FILES = ("BUILD.bazel", "MODULE.bazel")


def copy(folder: pathlib.Path) -> pathlib.Path:
    """Copy what `@sources` links (named by SOURCES, its pyproject.toml) into `folder`; the folder."""
    source = pathlib.Path(os.environ["SOURCES"]).parent
    shutil.copytree(source, folder, dirs_exist_ok=True)
    for name in _BAZEL_FILES:
        for path in folder.rglob(name + _ENDING):
            path.rename(path.with_name(name))
    return folder
