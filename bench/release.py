"""How long a commit takes until it is deployed: `./bazelw run //bench:release`.

The lines of the workflow `release` are run as CI runs them, on this machine (`tests/ci`), twice: the first time fills
what CI keeps between its runs, the second time a step's code has changed, which is measured. Here each job runs by
itself; jobs that do not need each other go side by side at GitHub, each on its own machine, and are counted so.
"""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile
from collections.abc import Mapping, Sequence

from bench import figures
from bench.figures import Figure
from tests.ci.github import Line
from tests.ci.rehearsal import Rehearsal, rehearsal

_CHANGED = "steps/report/wording.py"
_APPLY = "./bazelw run //deploy:apply -- --env dev --yes"


class LineFailedError(Exception):
    """A line of the workflow failed; its log is quoted."""


def main(arguments: list[str]) -> int:
    """Measure, print, and write."""
    options = figures.parser("release", "Measures the way of a commit to a deployed release.").parse_args(arguments)

    def measure() -> list[Figure]:
        with tempfile.TemporaryDirectory(prefix="nightjar-") as folder:
            source = pathlib.Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
            with rehearsal(pathlib.Path(folder), source) as place:
                _released(place)
                _change_a_step(place)
                return _figures(_released(place), place.github.needs("release"))

    title = f"From a commit to a deployed release ({os.cpu_count()} cores)"
    return figures.publish("release", measure, title=title, json_file=options.json, failures={LineFailedError: 1})


def _released(place: Rehearsal) -> list[Line]:
    """The lines of a release that went well. Raises LineFailedError."""
    lines = place.github.run("release")
    for line in lines:
        if line.code != 0:
            raise LineFailedError(f"{line.command} ended with {line.code}:\n{line.log.read_text()[-4000:]}")
    return lines


def _change_a_step(place: Rehearsal) -> None:
    """Commit what a person would: another line of a step, with the digest of its image."""
    with (place.github.origin / _CHANGED).open("a") as stream:
        stream.write("\n\n# A line more.\n")
    place.github.bazel(place.github.origin, "run", "//images:record")
    place.github.forget(place.github.origin)
    place.commit(f"Change {_CHANGED}")


def _figures(lines: Sequence[Line], needs: Mapping[str, Sequence[str]]) -> list[Figure]:
    applied = [line.command for line in lines].index(_APPLY)
    name = "a step's code is changed: commit to applied in dev, tests included"
    until = lines[: applied + 1]
    one_by_one = sum(line.seconds for line in until)
    return [
        Figure(name=name, value=_side_by_side(until[-1].job, until, needs), unit="s", aim=300),
        Figure(name="  the same, one line after the other on one machine", value=one_by_one, unit="s", aim=None),
        *(Figure(name=f"  {line.command}", value=line.seconds, unit="s", aim=None) for line in lines),
    ]


def _side_by_side(job: str, lines: Sequence[Line], needs: Mapping[str, Sequence[str]]) -> float:
    """Seconds from the workflow's beginning to a job's last line, each job beginning when those it needs end."""
    own = sum(line.seconds for line in lines if line.job == job)
    return own + max((_side_by_side(each, lines, needs) for each in needs[job]), default=0.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
