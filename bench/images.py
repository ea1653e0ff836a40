"""The figures of the images, beside what was aimed at and what others reach: `./bazelw run //bench:images`.

Sizes are read from the images, starts are real ones in bubblewrap, builds are done in a copy of the repository with a
Bazel of its own (`--quick` leaves them out). Peers are quoted with their source in docs/images.md.
"""

from __future__ import annotations

import os
import pathlib
import statistics
import sys

from bench import figures
from bench.builds import Builds, built_in_a_copy
from bench.figures import Figure
from bench.first_call import first_calls
from orchestrator.runners.layouts import ImageError
from tools.images import layout
from tools.images.layout import Image
from tools.images.report.measure import median
from tools.images.run import images

_STARTS = 10
_CALLS = 5
_SIX = "import ssl, sqlite3, json, asyncio, logging, http.client"
_BASE = ("//images:ssl", "//images:base", "//images:python")
_OVER = "the aim counts no obstore (5.5), by which the log is a bucket, and no httpx (1.1) for webhooks"


def main(arguments: list[str]) -> int:
    """Measure, print, and write."""
    parser = figures.parser("images", "Measures the images.")
    parser.add_argument("--quick", action="store_true", help="without the figures that need builds (minutes)")
    options = parser.parse_args(arguments)

    def measure() -> list[Figure]:
        images.prepare()
        found = sizes() + starts() + pushes()
        return found if options.quick else found + builds(built_in_a_copy(_workspace()))

    return figures.publish("images", measure, title="Images", json_file=options.json, failures={ImageError: 78})


def sizes() -> list[Figure]:
    """Compressed megabytes."""
    orchestrator = _read("orchestrator")
    base = sum(layer.size for layer in orchestrator.layers if layer.label in _BASE)
    return [
        Figure(
            name="base with interpreter and bytecode, gz",
            value=base / 1e6,
            unit="MB",
            aim=17.0,
            peers={
                "distroless python3-debian13": "22.4 (without bytecode)",
                "python:3.13-alpine": "16.9",
                "python:3.13-slim": "43.0",
            },
        ),
        Figure(name="orchestrator, gz", value=orchestrator.size / 1e6, unit="MB", aim=40, note=_OVER),
        # The aim was set for the step of the earthquake pipeline that has the most wheels without a database.
        *(
            Figure(name=f"{name}, gz", value=_read(name).size / 1e6, unit="MB", aim=24)
            for name in images.built()
            if name == "extract"
        ),
    ]


def starts() -> list[Figure]:
    """Real starts in bubblewrap."""
    image = images.unpack(images.find("orchestrator"))
    python = image.config.command[0]
    six = median(lambda: images.run(image, python, "-I", "-c", _SIX), times=_STARTS)
    return [
        Figure(
            name="six stdlib modules imported in a container",
            value=six * 1000,
            unit="ms",
            aim=100,
            peers={"distroless": "328-424"},
        ),
        Figure(
            name="orchestrator's start to the first RunJob call",
            value=statistics.median(first_calls(image, times=_CALLS)),
            unit="s",
            aim=0.60,
            peers={"without bytecode": "1.4"},
            note="with bubblewrap's start, and the run written down",
        ),
    ]


def pushes() -> list[Figure]:
    """What a registry that has the image is sent for an update of libssl."""
    image = images.find("orchestrator").folder
    ssl = next(layer for layer in layout.read(image).layers if layer.label == _BASE[0])
    return [
        Figure(
            name="bytes pushed for a libssl update, per image",
            value=(ssl.size + _documents(image)) / 1e6,
            unit="MB",
            aim=3,
            peers={"three-layer split": "16.7"},
        )
    ]


def builds(made: Builds) -> list[Figure]:
    """What Bazel takes."""
    return [
        Figure(name="one changed line of a step -> new digest, warm", value=made.changed, unit="s", aim=3),
        Figure(name="the same, nothing changed", value=made.unchanged, unit="s", aim=1),
        Figure(name="bytes pushed for the changed line", value=made.pushed / 1e3, unit="kB", aim=20),
        Figure(
            name=f"all images, packages downloaded, empty cache, {os.cpu_count()} cores",
            value=made.everything,
            unit="s",
            aim=90,
        ),
    ]


def _read(name: str) -> Image:
    return layout.read(images.find(name).folder)


def _documents(folder: pathlib.Path) -> int:
    """Bytes of manifest and configuration: the blobs that are no layer."""
    layers = {layer.digest.removeprefix("sha256:") for layer in layout.read(folder).layers}
    return sum(path.stat().st_size for path in (folder / "blobs/sha256").iterdir() if path.name not in layers)


def _workspace() -> pathlib.Path:
    return pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", ".")).absolute()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
