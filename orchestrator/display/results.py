"""What came of a command that drives runs, as one line of JSON a run, for programs that called it with --json."""

from __future__ import annotations

import json
from collections.abc import Iterable

from orchestrator.core.problems import Problem
from orchestrator.core.states import RunView
from orchestrator.exits import ExitCode


def of_run(view: RunView, code: ExitCode) -> str:
    """How a run stands at the end of the command."""
    return json.dumps({"run": str(view.run), "state": view.state, "outcome": view.outcome, "exit_code": int(code)})


def of_problems(problems: Iterable[object], code: ExitCode) -> str:
    """Why a command could not do its work."""
    return json.dumps({"exit_code": int(code), "problems": [_problem(each) for each in problems]})


def _problem(problem: object) -> dict[str, object]:
    if not isinstance(problem, Problem):
        return {"message": str(problem)}
    return {
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "value": problem.value or None,
        "message": problem.message,
        "remedy": problem.remedy or None,
    }
