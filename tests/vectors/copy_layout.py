"""Copies the files of a folder, given one by one, to another folder."""

import pathlib
import shutil
import sys

output, folder, *files = map(pathlib.Path, sys.argv[1:])
for file in files:
    target = output / file.relative_to(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
