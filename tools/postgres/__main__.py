"""Runs a private PostgreSQL until it is told to stop: `python -m tools.postgres --folder DIR`."""

from __future__ import annotations

import argparse
import os
import pathlib
import signal
import sys

from tools.postgres.programs import PostgresError
from tools.postgres.server import server


def main(arguments: list[str]) -> int:
    """Start, print the connection string, wait for SIGTERM or SIGINT, stop."""
    parser = argparse.ArgumentParser(prog="postgres", description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="where its data lie; made when missing")
    parser.add_argument("--volatile", action="store_true", help="quicker, but a power cut may cost the data")
    options = parser.parse_args(arguments)
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    # `bazel run` starts programs elsewhere and says where the user was.
    folder = pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), options.folder)
    try:
        with server(folder, durable=not options.volatile) as running:
            print(running.dsn, flush=True)
            signal.sigwait(stop)
    except PostgresError as error:
        print(f"postgres: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
