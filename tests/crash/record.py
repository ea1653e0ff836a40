"""Writes the golden stories of `test_appends` anew: `./bazelw run //tests/crash:record`.

The moments are the sides of each append of a run that nobody disturbs; an object store shows where appends begin.
"""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.crash import appends
from tests.crash.appends import Told
from tests.crash.crash_site import Site

_SIDE_BY_SIDE = 4


def main() -> int:
    """Kill at every moment, write what came of it; 1 if something was violated, and then nothing is written."""
    golden = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."), appends.GOLDEN)
    with tempfile.TemporaryDirectory() as scratch:
        first = _site(Path(scratch, "undisturbed"))
        reference = appends.undisturbed(first)
        moments = _moments(first, reference)
        sites = [_site(Path(scratch, str(number))) for number in range(len(moments))]
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            told = list(pool.map(appends.killed, sites, moments))
        for site in sites:
            site.clean()
    problems = [
        f"{moment}: {problem}"
        for moment, each in zip(moments, told, strict=True)
        for problem in appends.violations(each, reference)
    ]
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    stories = {moment: appends.story(each, reference) for moment, each in zip(moments, told, strict=True)}
    golden.write_text(appends.dumps(reference, stories), encoding="utf-8")
    print(f"{golden}: {len(reference.events)} events, {len(stories)} moments")
    return 0


def _site(folder: Path) -> Site:
    return Site(folder, appends.pipeline(), store=(folder / "runs").as_uri())


def _moments(site: Site, reference: Told) -> list[str]:
    """Both sides of each append, by the first event that it brought."""
    batches = sorted((site.folder / "runs").glob("runs/*/*/*.jsonl"))
    begins = [int(path.name.partition(".")[0]) for path in batches if ".whole." not in path.name]
    names = reference.names()
    return [f"{side} {names[seq - 1]}" for seq in begins for side in ("before", "after")]


if __name__ == "__main__":
    sys.exit(main())
