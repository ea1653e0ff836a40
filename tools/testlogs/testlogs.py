"""Counts the tests of one `bazel test`: reads its build events, and the JUnit XML that they name.

`bazel test … --build_event_json_file=FILE`, then `./bazelw run //tools/testlogs -- FILE`. A target that failed without
saying which of its tests did counts as one failed test. `--junit` adds what ran outside Bazel; a report that is not
there counts as one failed test too. The last line is `N passed, N failed`.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree as ET  # the files are ours
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A test target: how Bazel saw it end, and its counts."""

    label: str
    status: str
    passed: int
    failed: int


def main(arguments: list[str]) -> int:
    """Print what failed and the counts; 1 where something failed or nothing ran."""
    parser = argparse.ArgumentParser(prog="testlogs", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("events", metavar="FILE", help="what --build_event_json_file wrote")
    parser.add_argument("--junit", metavar="FILE", action="append", default=[], help="a report of other tests")
    options = parser.parse_args(arguments)
    here = pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    path = here / options.events
    try:
        events = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        print(f"testlogs: {path}: {error}\n0 passed, 1 failed")
        return 1
    targets = [*results(events), *broken(events), *(reported(here / report) for report in options.junit)]
    for target in targets:
        if target.failed:
            print(f"{target.label}: {target.status}, {target.failed} failed")
    failed = sum(target.failed for target in targets)
    print(f"{len(targets)} targets")
    print(f"{sum(target.passed for target in targets)} passed, {failed} failed")
    return 1 if failed or not targets else 0


def results(events: Iterable[dict[str, dict[str, object]]]) -> list[Target]:
    """The targets that ran, or whose result was cached; the last run of each counts."""
    found: dict[str, Target] = {}
    for event in events:
        if "testResult" in event:
            label, result = str(event["id"]["testResult"]["label"]), event["testResult"]  # type: ignore[index]
            found[label] = _target(label, result)
    return list(found.values())


def broken(events: Iterable[dict[str, dict[str, object]]]) -> list[Target]:
    """The targets that could not be built, so that their tests never ran."""
    labels = {
        str(event["id"]["targetCompleted"]["label"])  # type: ignore[index]
        for event in events
        if "targetCompleted" in event["id"] and not event.get("completed", {}).get("success", False)
    }
    return [Target(label, "NOT BUILT", 0, 1) for label in sorted(labels)]


def reported(report: pathlib.Path) -> Target:
    """Tests that ran outside Bazel, by their report."""
    try:
        passed, failed = _counts(report)
    except (OSError, ET.ParseError) as error:
        return Target(str(report), f"NO REPORT ({error})", 0, 1)
    return Target(str(report), "FAILED" if failed else "PASSED", passed, failed)


def _counts(report: pathlib.Path) -> tuple[int, int]:
    """How many passed and failed."""
    passed = failed = 0
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - the file is ours.
        wrong = case.find("failure") is not None or case.find("error") is not None
        failed += wrong
        passed += not wrong and case.find("skipped") is None
    return passed, failed


def _target(label: str, result: dict[str, object]) -> Target:
    status = str(result["status"])
    outputs: list[dict[str, str]] = result.get("testActionOutput", [])  # type: ignore[assignment]
    reports = [
        pathlib.Path(urllib.parse.unquote(urllib.parse.urlsplit(output["uri"]).path))
        for output in outputs
        if output["name"] == "test.xml"
    ]
    counts = [_counts(report) for report in reports]
    passed, failed = sum(each[0] for each in counts), sum(each[1] for each in counts)
    if status != "PASSED" and not failed:
        failed = 1
    return Target(label, status, passed, failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
