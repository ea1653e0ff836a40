"""Running the orchestrator for a day on this machine: as a program of its own, or as a job of a local Cloud Run.

Either way it is watched together with the services that its steps need, and left resumable when one of them ends or
somebody interrupts.
"""

from __future__ import annotations

import pathlib
import signal
import sys
from collections.abc import Mapping, Sequence

from deploy import children, cloud
from deploy.attempts import abandon
from deploy.children import Child, environ, program
from deploy.cloud import Execution, LocalCloud
from deploy.place import Place
from deploy.release import Runner
from deploy.services import Services
from orchestrator.core.model import Release

_STOP_SECONDS = 12.0
_LAST_LOOK = 3.0
"""How long the one who watches may take to tell the end."""
_GLANCE = 0.2


class PartLost(Exception):  # noqa: N818
    """A part that the run needs ended before it."""


def directly(place: Place, services: Services, arguments: Sequence[str], *, runner: Runner, log_format: str) -> int:
    """Run the orchestrator's command; its exit code."""
    command: list[str | pathlib.Path] = [program("ORCHESTRATOR"), *arguments, "--release", place.release]
    command += ["--state", place.folder, "--root", pathlib.Path.cwd(), "--environment", place.environment]
    if runner is Runner.IMAGES:
        command += ["--bubblewrap", program("NIGHTJAR_BUBBLEWRAP")]
    command += ["--log-format", log_format]
    orchestrator = children.start("the orchestrator", command, log=None, environ=environ())
    try:
        ended = children.first_to_end({orchestrator.process.pid: orchestrator.name, **services.parts})
    except BaseException:
        orchestrator.stop(patience=_STOP_SECONDS)
        raise
    finally:
        abandon(place.folder)
    if ended != orchestrator.name:
        orchestrator.stop(patience=_STOP_SECONDS)
        raise PartLost(f"{ended} ended while the run needed it")
    code = orchestrator.process.wait()
    if code < 0:
        raise PartLost(f"the orchestrator was killed by {signal.Signals(-code).name}")
    return code


def by_cloud_run(
    place: Place,
    services: Services,
    arguments: Sequence[str],
    *,
    release: Release,
    values: Mapping[str, Mapping[str, str]],
    day: str,
    log_format: str,
) -> int:
    """Trigger the orchestrator's job once, and see what it does; its exit code."""
    root = pathlib.Path.cwd()
    with cloud.local_cloud(place, release, values, emulator=program("EMULATOR"), root=root) as local:
        job = cloud.job_of_orchestrator(release.pipeline)
        made = cloud.orchestrator_job(
            local, place, release, root=root, arguments=arguments, secrets=tuple(values["secrets"])
        )
        local.deploy(job, made)
        watch = _watch(place, day, log_format)
        try:
            return _see_end(local, local.trigger(job), watch, services)
        finally:
            watch.stop(patience=_STOP_SECONDS)


def _watch(place: Place, day: str, log_format: str) -> Child:
    command: list[str | pathlib.Path] = [program("ORCHESTRATOR"), "watch", day, "--state", place.folder]
    return children.start("nightjar watch", [*command, "--log-format", log_format], log=None, environ=environ())


def _wait(execution: Execution, parts: Mapping[int, str]) -> None:
    while not execution.ended:
        if (ended := children.first_to_end(parts, patience=_GLANCE)) is not None:
            raise PartLost(f"{ended} ended while the run needed it")


def _see_end(local: LocalCloud, execution: Execution, watch: Child, services: Services) -> int:
    parts = {local.child.process.pid: f"the local Cloud Run ({local.folder / 'emulator.log'})", **services.parts}
    try:
        _wait(execution, parts)
        children.first_to_end({watch.process.pid: watch.name, **parts}, patience=_LAST_LOOK)
    except BaseException:
        execution.stop()
        raise
    watch.stop(patience=_STOP_SECONDS)
    for line in execution.words():
        print(line, file=sys.stderr)
    return execution.code()
