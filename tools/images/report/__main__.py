"""Tells what the images are made of and how quickly they start: `./bazelw run //tools/images:report [-- --html FILE]`.

Measured on the images themselves: layers are read, programs are really started in bubblewrap.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

from orchestrator.runners.layouts import ImageError
from tools.images.report import page, text
from tools.images.report.measure import measure
from tools.images.run import images


def main(arguments: list[str]) -> int:
    """Print the report, and draw it."""
    parser = argparse.ArgumentParser(prog="report", description="Tells what the images are made of.")
    parser.add_argument("--html", metavar="FILE", help="draw it as a page of its own as well")
    options = parser.parse_args(arguments)
    try:
        images.prepare()
        measured = measure(list(images.built().values()))
    except ImageError as err:
        print(f"report: {err}", file=sys.stderr)
        return 78
    text.render(measured)
    if options.html:
        path = pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), options.html).absolute()
        try:
            path.write_text(page.render(measured), encoding="utf-8")
        except OSError as err:
            print(f"report: {path} cannot be written: {err.strerror}", file=sys.stderr)
            return 78
        print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
