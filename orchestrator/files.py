"""Commands on files alone, and the reading of release.json: no store, no runner."""

from __future__ import annotations

import json
from pathlib import Path

from orchestrator.core import graph
from orchestrator.core.errors import ConfigurationError
from orchestrator.core.model import Pipeline, Release
from orchestrator.exits import ExitCode


def validate(path: Path, *, resolved: Path | None, as_json: bool = False) -> ExitCode:
    """Check a pipeline file and, if asked, write its resolved form."""
    pipeline = _pipeline(path)
    if resolved is not None:
        _write_resolved(pipeline, resolved)
    if as_json:
        print(json.dumps({"exit_code": 0, "pipeline": pipeline.name, "steps": len(pipeline.steps), "problems": []}))
    elif resolved is None:
        print(f"{path.name}: {pipeline.name} with {len(pipeline.steps)} steps is fine.")
    return ExitCode.DONE


def draw(path: Path, *, form: str) -> ExitCode:
    """Draw a pipeline file's steps, as text, for Mermaid or as JSON."""
    pipeline = _pipeline(path)
    match form:
        case "json":
            print(json.dumps(_edges(pipeline), indent=2))
        case "mermaid":
            print(graph.mermaid(pipeline).rstrip("\n"))
        case _:
            print(graph.text(pipeline).rstrip("\n"))
    return ExitCode.DONE


def pipeline_name(path: Path) -> str:
    """The name of a pipeline file's pipeline."""
    return _pipeline(path).name


def _write_resolved(pipeline: Pipeline, path: Path) -> None:
    from orchestrator.core import spec  # noqa: PLC0415

    try:
        path.write_text(spec.to_json(pipeline), encoding="utf-8")
    except OSError as err:
        raise ConfigurationError([f"{path} cannot be written: {err.strerror}"]) from err


def _edges(pipeline: Pipeline) -> dict[str, object]:
    steps = {
        step.name: {"needs": step.needs, "when": step.when, "tasks": step.tasks} for step in pipeline.steps.values()
    }
    return {"pipeline": pipeline.name, "order": graph.order(pipeline), "steps": steps}


def release(path: Path) -> Release:
    """Read release.json."""
    return parse_release(_read(path), source=path.name)


def parse_release(content: bytes, *, source: str) -> Release:
    """The release that a file or an object has; `source` is its name."""
    from orchestrator.core import release as reader  # noqa: PLC0415
    from orchestrator.core import spec  # noqa: PLC0415

    return reader.loads(spec.decode(content, source=source), source=source)


def _pipeline(path: Path) -> Pipeline:
    """Read a pipeline file, as people write it or resolved (`.json`)."""
    from orchestrator.core import spec  # noqa: PLC0415

    text = spec.decode(_read(path), source=path.name)
    return spec.from_json(text, source=path.name) if path.suffix == ".json" else spec.resolve(text, source=path.name)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise ConfigurationError([f"{path} cannot be read: {err.strerror}"]) from err
