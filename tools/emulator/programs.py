"""What an attempt of a task runs: command line, environment and mounts, from the execution's template.

The environment is, from the lowest on, the image's, the template's, its secrets, and what the platform injects. A
folder that a variable names as `file://` URL, as the object store of a local run, is writable in the container at the
same path. Read on in `attempts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from orchestrator.core.release import PROCESS
from orchestrator.runners import bubblewrap
from orchestrator.runners.bubblewrap import Mounts
from orchestrator.runners.containers import MINIMAL, Program
from tools.emulator import quantities
from tools.emulator.images import Sources
from tools.emulator.secrets import Secrets
from tools.emulator.wire import Message

MARKER = "NIGHTJAR_EMULATOR_ATTEMPT"
"""Names the attempt in the environment of its processes, so that none is left behind; containers do not see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Which try of which task of which execution."""

    job: str
    execution: str
    index: int
    attempt: int
    count: int

    def __str__(self) -> str:
        return f"{self.execution}/{self.index}/{self.attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """What all tasks share: images, secrets, and what of this machine they see."""

    sources: Sources
    secrets: Secrets
    volumes: Mapping[str, Path] = field(default_factory=dict)
    """Folders of this machine by the names of the templates' volumes."""
    binds: tuple[Path, ...] = ()

    @contextmanager
    def program(self, shard: Shard, template: Message) -> Iterator[Program]:
        """The program of an attempt, its image held. Raises ImageError or SecretError."""
        container = template.containers[0]
        own = self._environment(shard, container)
        if container.image == PROCESS:
            yield Program(command=[*container.command, *container.args], environment={**MINIMAL, **own})
            return
        with self.sources.held(container.image) as (bwrap, unpacked, lock):
            config = unpacked.config
            arguments = [*(container.command or config.entrypoint), *_arguments(container, config.arguments)]
            command = bubblewrap.command(bwrap, unpacked, arguments, mounts=self._mounts(template, own))
            yield Program(
                command=[*command[: command.index("--")], "--unsetenv", MARKER, *command[command.index("--") :]],
                environment={**bubblewrap.environment(config), **own},
                contained=True,
                hold=lock,
            )

    def _environment(self, shard: Shard, container: Message) -> dict[str, str]:
        return {
            **{each.name: self._value(each) for each in container.env},
            "CLOUD_RUN_JOB": shard.job,
            "CLOUD_RUN_EXECUTION": shard.execution,
            "CLOUD_RUN_TASK_INDEX": str(shard.index),
            "CLOUD_RUN_TASK_ATTEMPT": str(shard.attempt),
            "CLOUD_RUN_TASK_COUNT": str(shard.count),
            MARKER: str(shard),
        }

    def _value(self, variable: Message) -> str:
        if not variable.HasField("value_source"):
            return str(variable.value)
        reference = variable.value_source.secret_key_ref
        return self.secrets.access(reference.secret, reference.version)

    def _mounts(self, template: Message, environment: Mapping[str, str]) -> Mounts:
        container = template.containers[0]
        places = {each.name: Path(each.mount_path) for each in container.volume_mounts}
        kept = {each.name for each in template.volumes if each.name in self.volumes}
        stored = [folder for value in environment.values() for folder in _stored(value)]
        return Mounts(
            writable=sorted({*self.binds, *stored}),
            bound={place: self.volumes[name] for name, place in places.items() if name in kept},
            memory=[place for name, place in places.items() if name not in kept],
            limit=memory_limit(template),
        )


def memory_limit(template: Message) -> int:
    """The bytes that an attempt may have."""
    limit = quantities.parse(template.containers[0].resources.limits["memory"])
    return int(limit or 0)


def _arguments(container: Message, own: tuple[str, ...]) -> tuple[str, ...]:
    """A container that names its program has nothing of the image's arguments."""
    return tuple(container.args) if container.args or container.command else own


def _stored(value: str) -> list[Path]:
    """The folder of an object store of this machine; like a bucket it exists before its objects."""
    if not value.startswith("file:///"):
        return []
    folder = Path(unquote(urlsplit(value).path))
    folder.mkdir(parents=True, exist_ok=True)
    return [folder]
