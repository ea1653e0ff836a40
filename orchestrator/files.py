"""Commands on files alone, and the reading of release.json: no store, no runner."""

from __future__ import annotations

from pathlib import Path

from orchestrator.core import graph
from orchestrator.core.errors import ConfigurationError
from orchestrator.core.model import Pipeline, Release
from orchestrator.exits import ExitCode


def validate(path: Path, *, resolved: Path | None) -> ExitCode:
    """Check a pipeline file and, if asked, write its resolved form."""
    from orchestrator.core import spec  # noqa: PLC0415

    pipeline = _pipeline(path)
    if resolved is None:
        print(f"{path.name}: {pipeline.name} with {len(pipeline.steps)} steps is fine.")
        return ExitCode.DONE
    try:
        resolved.write_text(spec.to_json(pipeline), encoding="utf-8")
    except OSError as err:
        raise ConfigurationError([f"{resolved} cannot be written: {err.strerror}"]) from err
    return ExitCode.DONE


def draw(path: Path, *, mermaid: bool) -> ExitCode:
    """Draw a pipeline file's steps."""
    pipeline = _pipeline(path)
    print((graph.mermaid(pipeline) if mermaid else graph.text(pipeline)).rstrip("\n"))
    return ExitCode.DONE


def release(path: Path) -> Release:
    """Read release.json."""
    from orchestrator.core import release as reader  # noqa: PLC0415
    from orchestrator.core import spec  # noqa: PLC0415

    return reader.loads(spec.decode(_read(path), source=path.name), source=path.name)


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
