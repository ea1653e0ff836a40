"""The files of a new step: small, working, and in the shape of the steps that are there already. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_BUILD = """load("//tools/bazel:defs.bzl", "pytest_test", "step")

step(
    name = "{name}",
    srcs = glob(
        ["*.py"],
        exclude = ["test_*.py"],
    ),
    main = "__main__.py",
    deps = ["//steps/kit"],
)

pytest_test(
    name = "test_{name}",
    srcs = ["test_{name}.py"],
    deps = [":lib"],
)
"""

_MAIN = '''"""{name}: publishes one object, made from what the steps before it published.

It reads and writes; what the object holds is decided in the module `{name}`.
"""

from __future__ import annotations

import sys

{imports}

NEEDS: tuple[str, ...] = {needs}
"""The steps that are read; pipeline.yaml names the same, so that they are finished before."""


def run(context: Context[None], inputs: Inputs, outputs: Outputs) -> None:
    """Publish `{name}.json`."""
    rows = {{step: inputs.of(step).rows for step in NEEDS}}
    outputs.put("{name}.json", codec.encode(summarize(context.logical_date, rows)))
    outputs.count(read=len(NEEDS))


if __name__ == "__main__":
    sys.exit(entry.main(run))
'''

_PURE = '''"""What {name} computes: no reading, no writing, the same output for the same input.

No clock and no chance: a repeated attempt has to publish the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

FORMAT = 1


def summarize(logical_date: dt.date, rows: Mapping[str, Mapping[str, int]]) -> dict[str, object]:
    """The day and the counts that each step before this one gave, by the step's name."""
    return {{
        "format": FORMAT,
        "logical_date": logical_date.isoformat(),
        "rows": {{step: dict(counts) for step, counts in rows.items()}},
    }}
'''

_TEST = '''from __future__ import annotations

import datetime as dt

from steps.{name}.{name} import summarize


def test_summary_names_the_day_and_the_counts_of_each_step() -> None:
    """The published value holds the logical date and every count by its step."""
    summary = summarize(dt.date(2026, 3, 8), {{"before": {{"read": 3, "written": 2}}}})
    assert summary == {{"format": 1, "logical_date": "2026-03-08", "rows": {{"before": {{"read": 3, "written": 2}}}}}}


def test_summary_of_a_step_that_needs_none_is_the_day_alone() -> None:
    """Without steps before it there is nothing to count."""
    assert summarize(dt.date(2026, 3, 8), {{}})["rows"] == {{}}
'''


def files(name: str, needs: Sequence[str]) -> Mapping[str, str]:
    """The texts of the step's folder, by file name."""
    return {
        "BUILD.bazel": _BUILD.format(name=name),
        "__main__.py": _MAIN.format(name=name, needs=_tuple(needs), imports=_imports(name)),
        f"{name}.py": _PURE.format(name=name),
        f"test_{name}.py": _TEST.format(name=name),
    }


def _imports(name: str) -> str:
    """The step's own module stands among those of the kit in the order of the alphabet."""
    kit = (
        "from steps.kit import codec, entry",
        "from steps.kit.context import Context",
        "from steps.kit.outputs import Outputs",
        "from steps.kit.results import Inputs",
    )
    return "\n".join(sorted((*kit, f"from steps.{name}.{name} import summarize"), key=lambda line: line.split()[1]))


def _tuple(words: Sequence[str]) -> str:
    """As the formatter writes it: on one line while that fits, else one word a line."""
    quoted = [f'"{word}"' for word in words]
    line = f"({', '.join(quoted)}{',' if len(quoted) == 1 else ''})"
    if len(f"NEEDS: tuple[str, ...] = {line}") <= 120:  # noqa: PLR2004 - the line length of pyproject.toml.
        return line
    return "\n".join(["(", *(f"    {word}," for word in quoted), ")"])
