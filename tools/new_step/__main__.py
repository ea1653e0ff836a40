"""`./bazelw run //:new_step -- NAME`: what it does is in `command`; here is only where the repository lies."""

from __future__ import annotations

import os
import pathlib
import sys

from tools.new_step.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))))
