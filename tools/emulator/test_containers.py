from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core import exceptions

from orchestrator.testing import layouts
from tools.emulator.testing import PARENT, Clients, completed, eventually, job

BUBBLEWRAP = Path(os.environ.get("NIGHTJAR_BUBBLEWRAP", "nowhere")).resolve()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A small image with a shell, its reference, and the clients of an emulator that can run it."""

    clients: Clients
    folder: Path
    digest: str

    @property
    def reference(self) -> str:
        """By its folder and digest."""
        return f"layout:{self.folder}@{self.digest}"


@pytest.fixture
def image(site: Any, tmp_path: Path) -> Image:
    """An image whose program is a shell that says something, run as uid 65532."""
    config = {"User": "65532", "WorkingDir": "/home", "Env": ["PATH=/usr/bin"], "Entrypoint": ["sh", "-c"]}
    shell = layouts.shell(BUBBLEWRAP.parents[2])
    digest = layouts.write(tmp_path / "layout", [shell], {**config, "Cmd": ["echo image"]})
    volume = tmp_path / "kept"
    volume.mkdir()
    clients = site.start(bubblewrap=BUBBLEWRAP, volumes={"kept": volume})
    return Image(clients=clients, folder=tmp_path / "layout", digest=digest)


def said(site: Any, execution: str) -> list[str]:
    """What the first attempt of the first task wrote."""
    folder: Path = site.folder / "state/attempts" / execution.rpartition("/")[2] / "0/0"
    return (folder / "task-0.stdout").read_text(encoding="utf-8").splitlines()


def test_a_task_may_little(image: Image, site: Any) -> None:
    """The image's user without capabilities, a root that is read-only, /tmp in memory, process 1 of its own."""
    text = """
while read -r name rest; do case $name in Uid:|CapEff:|NoNewPrivs:) echo "$name $rest";; esac; done < /proc/self/status
for place in / /usr /etc; do (: > $place/x) 2>/dev/null && echo "wrote $place"; done
: > /tmp/x && echo tmp; echo $$; echo "$NIGHTJAR_EMULATOR_ATTEMPT"
"""
    execution = image.clients.end(image.clients.run(image.clients.create("toy", text, image=image.reference))).name
    lines = [" ".join(line.split()) for line in said(site, execution)]
    assert lines == ["Uid: 65532 65532 65532 65532", "CapEff: " + "0" * 16, "NoNewPrivs: 1", "tmp", "1", ""]


def test_the_images_own_program_runs_if_the_job_names_none(image: Image, site: Any) -> None:
    """Its entrypoint with its arguments, or with the job's or the run's."""
    bare = {"template": {"template": {"containers": [{"image": image.reference}]}}}
    made: Any = {"parent": "projects/local/locations/local", "job": bare, "job_id": "toy"}
    name = image.clients.jobs.create_job(request=made).result().name
    first = image.clients.end(image.clients.run(name)).name
    second = image.clients.end(image.clients.run(name, container_overrides=[{"args": ["echo run"]}])).name
    assert (said(site, first), said(site, second)) == (["image"], ["run"])


def test_volumes_and_stores_of_this_machine_are_seen(image: Image, site: Any, tmp_path: Path) -> None:
    """A folder where the job mounts it, an empty one in memory, and a store that a variable names at its own path."""
    text = ': > /data/a; : > /memory/b; : > "$WHERE/c"; [ -e /other ] || echo nothing else'
    store = tmp_path / "store"
    mounts = [{"name": "kept", "mount_path": "/data"}, {"name": "scratch", "mount_path": "/memory"}]
    wanted = job(text, image=image.reference, env={"WHERE": str(store), "STORE": store.as_uri()}, volume_mounts=mounts)
    volumes: Any = [{"name": "kept", "gcs": {"bucket": "b"}}, {"name": "scratch", "empty_dir": {}}]
    wanted.template.template.volumes = volumes
    name = image.clients.jobs.create_job(parent=PARENT, job=wanted, job_id="toy").result().name
    found = image.clients.end(image.clients.run(name))
    assert (found.succeeded_count, said(site, found.name)) == (1, ["nothing else"])
    assert (tmp_path / "kept/a").exists()
    assert (store / "c").exists()


def test_sigterm_reaches_the_program(image: Image, site: Any) -> None:
    """Which cleans up and ends as it likes."""
    os.mkfifo(image.folder / "never")
    text = f"trap 'echo bye; exit 3' TERM; echo up; read -r line <> {image.folder}/never"
    name = image.clients.create("toy", text, image=image.reference, env={"STORE": image.folder.as_uri()})
    execution = image.clients.run(name)
    image.clients.until(execution, lambda found: found.running_count == 1)
    eventually((site.folder / "state/attempts" / execution.rpartition("/")[2] / "0/0/task-0.stdout").exists)
    eventually(lambda: said(site, execution) == ["up"])
    image.clients.executions.cancel_execution(name=execution)
    assert image.clients.end(execution).cancelled_count == 1
    assert said(site, execution) == ["up", "bye"]
    assert image.clients.task(execution).last_attempt_result.exit_code == 3


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("layout:absent", "is no OCI layout"),
        ("layout:layout@sha256:" + "0" * 64, "was built anew"),
        ("registry.invalid/toy:latest", "has no digest"),
    ],
)
def test_an_image_that_cannot_be_had_makes_no_job(image: Image, reference: str, words: str) -> None:
    """Creating fails with what to do."""
    with pytest.raises(exceptions.InvalidArgument, match=words):
        image.clients.create("toy", "exit 0", image=reference)


class _Registry(http.server.SimpleHTTPRequestHandler):
    """Serves an OCI layout as a registry does; whatever is asked for as manifest or blob is a file there."""

    def translate_path(self, path: str) -> str:
        """Where a manifest or a blob lies."""
        return str(Path(self.directory, "blobs/sha256", path.rpartition("sha256:")[2]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's.
        """Requests are not worth a line each."""


@pytest.fixture
def registry(image: Image) -> Iterator[str]:
    """A registry that has the image; its address."""
    handler = functools.partial(_Registry, directory=str(image.folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_image_is_pulled_from_a_registry(image: Image, registry: str, site: Any) -> None:
    """By its digest, once, and it runs like any other."""
    name = image.clients.create("toy", "echo pulled", image=f"{registry}/some/toy@{image.digest}")
    execution = image.clients.end(image.clients.run(name)).name
    assert said(site, execution) == ["pulled"]


def test_a_registry_is_not_believed(image: Image, registry: str) -> None:
    """Another content under the same digest is refused."""
    for blob in (image.folder / "blobs/sha256").iterdir():
        if blob.read_bytes()[:2] == b"\x1f\x8b":
            blob.write_bytes(b"else")
    with pytest.raises(exceptions.InvalidArgument, match="damaged"):
        image.clients.create("toy", "exit 0", image=f"{registry}/some/toy@{image.digest}")
    with pytest.raises(exceptions.InvalidArgument, match="404"):
        image.clients.create("toy", "exit 0", image=f"{registry}/some/toy@sha256:{'1' * 64}")


def test_memory_of_a_container_is_counted(image: Image) -> None:
    """What is in it, not what made it; a fault kills just that, and the container with it."""
    os.mkfifo(image.folder / "never")
    name = image.clients.create(
        "toy", f"read -r line <> {image.folder}/never", image=image.reference, env={"STORE": image.folder.as_uri()}
    )
    httpx.post(f"http://{image.clients.address}/_faults", json={"faults": [{"kind": "out_of_memory"}]})
    found = image.clients.end(image.clients.run(name))
    assert image.clients.task(found.name).last_attempt_result.term_signal == 9
    assert "Memory limit" in completed(found).message
