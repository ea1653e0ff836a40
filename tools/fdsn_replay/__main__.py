"""Serves recorded catalogues as an FDSN event service: `python -m tools.fdsn_replay [--port N] CATALOGUE…`."""

from __future__ import annotations

import argparse
import os
import pathlib
import signal
import sys
import threading

from tools.fdsn_replay.catalogue import Catalogue, CatalogueError
from tools.fdsn_replay.faults import FaultsError, Script, read_script
from tools.fdsn_replay.service import LIMIT, Server, Service


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT."""
    options = _parser().parse_args(arguments)
    try:
        service = Service(
            catalogue=Catalogue.read(options.catalogue),
            limit=options.limit,
            faults=read_script(options.faults) if options.faults else Script(),
        )
        server = Server(service, port=options.port)
    except (CatalogueError, FaultsError) as error:
        print(f"fdsn_replay: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"fdsn_replay: port {options.port}: {error.strerror}: choose another or 0", file=sys.stderr)
        return 1
    with server:
        _serve(server, options.port_file)
    return 0


def _serve(server: Server, port_file: pathlib.Path | None) -> None:
    def stop(_signal: int, _frame: object) -> None:
        server.stopping.set()
        # `shutdown` waits for the loop that this very thread is in.
        threading.Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    if port_file is not None:
        _announce(port_file, server.server_port)
    print(server.url, flush=True)
    server.serve_forever(poll_interval=0.05)


def _announce(path: pathlib.Path, port: int) -> None:
    """Whoever finds the file finds the whole number in it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(f"{port}\n", encoding="ascii")
    partial.replace(path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fdsn_replay", description=__doc__)
    parser.add_argument("catalogue", nargs="+", type=pathlib.Path, help="GeoJSON file as USGS writes it")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--port-file", type=pathlib.Path, help="file to write the port to, once it listens")
    parser.add_argument(
        "--limit", type=int, default=LIMIT, help="events that one answer may have (default: %(default)s)"
    )
    parser.add_argument("--faults", type=pathlib.Path, help="script of faults, see faults.py")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
