"""The program behind `./bazelw run //:venv`: makes `.venv` in the workspace, for editors and debuggers."""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

from tools.venv import environment


def main(arguments: list[str]) -> int:
    """Make the environment; exit 0, or 78 where something else stands in its place."""
    parser = argparse.ArgumentParser(prog="venv", description="Make a virtual environment from the lock, for editors.")
    parser.add_argument("folder", nargs="?", default=".venv", help="where, from the workspace (default: .venv)")
    options = parser.parse_args(arguments)
    workspace = pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    try:
        made = environment.make(
            workspace.absolute() / options.folder,
            repository=workspace.absolute(),
            interpreter=pathlib.Path(sys.executable),
            wheels=environment.wheels(sys.path),
        )
    except environment.VenvError as error:
        print(f"venv: {error}", file=sys.stderr)
        return 78
    print(f"{made.folder}: Python {made.version} and {made.wheels} wheels. Choose {made.python} in your editor.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
