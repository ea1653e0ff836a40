from __future__ import annotations

import pathlib

from tests.images.container import Container


def test_it_checks_a_pipeline(container: Container) -> None:
    """The orchestrator's image finds this project's pipeline right, and a wrong one wrong."""
    pipeline = pathlib.Path("pipeline.yaml").resolve()
    place = "/tmp/pipeline.yaml"  # noqa: S108 - in the container.
    done = container.start("validate", place, binds={place: pipeline})
    assert (done.returncode, done.stderr) == (0, "")
    done = container.start("validate", "/etc/hosts")
    assert done.returncode == 65
    assert done.stderr.startswith("hosts:1: ")
