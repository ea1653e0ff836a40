from __future__ import annotations

import contextlib
import http.server
import json
import os
import pathlib
import threading
from collections.abc import Iterator
from typing import Any, ClassVar, override

import pytest

from deploy import bootstrap, google, jobs, readiness
from deploy.errors import Denied, DeployError, Passing
from deploy.google import Missing
from deploy.target import Target
from deploy.values import Values
from tests.deploy.project import REGION, program

NAME, PROJECT = "toy-a", "nightjar-dev"
VALUES = Values(
    source="",
    environment="dev",
    project=PROJECT,
    region=REGION,
    repository="",
    state_bucket="state",
    releases_bucket="releases",
)
JOB: dict[str, Any] = {
    "template": {
        "template": {
            "containers": [
                {
                    "image": "process:",
                    "command": ["/bin/true"],
                    "resources": {"limits": {"cpu": "1", "memory": "512Mi"}},
                }
            ],
            "maxRetries": 0,
        }
    }
}


@pytest.fixture
def target(tmp_path: pathlib.Path) -> Iterator[Target]:
    """An environment whose Cloud Run is the emulator."""
    command = [os.environ["EMULATOR"], "--state", str(tmp_path / "emulator"), "--project", PROJECT, "--region", REGION]
    with program(tmp_path / "log", command, r"(127\.0\.0\.1:\d+)") as address:
        run = google.service(google.RUN, address)
        yield Target(values=VALUES, workspace=tmp_path, local=tmp_path, run=run, secrets=run)
        run.close()


def test_jobs_are_waited_for(target: Target) -> None:
    """Also one that comes up only later."""
    expected = {NAME: jobs.of_api(JOB)}
    with pytest.raises(Passing, match="has not made ready: toy-a"):
        readiness.wait(target, expected, patience=0)
    later = threading.Timer(1.0, lambda: target.run.patch(target.job(NAME), JOB, allowMissing="true"))
    later.start()
    readiness.wait(target, expected, patience=60)
    later.join()


def test_a_job_that_is_not_there_or_differs_is_told(target: Target) -> None:
    """Field by field."""
    expected = {NAME: jobs.of_api(JOB)}
    (missing,) = readiness.compare(target, expected)[NAME]
    assert missing.field == "job"
    target.run.patch(target.job(NAME), JOB, allowMissing="true")
    assert readiness.compare(target, {NAME: readiness_fields(target)}) == {NAME: []}
    altered = {**readiness_fields(target), "memory": "1Gi"}
    (difference,) = readiness.compare(target, {NAME: altered})[NAME]
    assert (difference.field, difference.before, difference.after) == ("memory", "512Mi", "1Gi")


def readiness_fields(target: Target) -> jobs.Fields:
    """The fields of the job as it is deployed."""
    job = readiness.deployed(target, NAME)
    assert job is not None
    return jobs.of_api(job)


class Answers(http.server.BaseHTTPRequestHandler):
    """A service that gives its answers in order."""

    answers: ClassVar[list[tuple[int, object]]] = []
    asked: ClassVar[list[tuple[str, object]]] = []

    def do_GET(self) -> None:
        """The next answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((f"{self.command} {self.path}", json.loads(body or b"null")))
        status, value = self.answers.pop(0)
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815

    @override
    def log_message(self, *_arguments: object) -> None:
        pass


@contextlib.contextmanager
def answering(*answers: tuple[int, object]) -> Iterator[google.Service]:
    """A service that answers so."""
    Answers.answers[:] = answers
    Answers.asked.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield google.service(google.RUN, f"127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_passes_is_asked_again() -> None:
    """What only reads, not what does."""
    with answering((503, {}), (429, {}), (200, {"a": 1})) as service:
        assert service.get("/x") == {"a": 1}
    with answering((503, {}), (200, {})) as service, pytest.raises(Passing):
        service.post("/x", {})


def test_the_bucket_of_the_state_is_made_where_there_is_none(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Private, with every version kept; a dry run only says so, and one that is there is left alone."""
    with answering((404, {}), (404, {}), (200, {}), (200, {})) as service:
        found = Target(values=VALUES, workspace=tmp_path, local=None, run=service, secrets=service)
        assert not bootstrap.state_bucket(found, service, dry=True)
        assert bootstrap.state_bucket(found, service, dry=False)
        assert bootstrap.state_bucket(found, service, dry=False)
    assert [asked for asked, _ in Answers.asked] == [
        "GET /storage/v1/b/state",
        "GET /storage/v1/b/state",
        f"POST /storage/v1/b?project={PROJECT}",
        "GET /storage/v1/b/state",
    ]
    body = Answers.asked[2][1]
    assert isinstance(body, dict)
    assert (body["name"], body["location"], body["versioning"]) == ("state", REGION, {"enabled": True})
    assert body["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    assert capsys.readouterr().out.splitlines() == [
        "bucket state would be made in us-east4",
        "bucket state is made in us-east4",
        "bucket state is there",
    ]


@pytest.mark.parametrize(("status", "kind"), [(404, Missing), (401, Denied), (403, Denied), (400, DeployError)])
def test_a_no_is_told_at_once(status: int, kind: type[DeployError]) -> None:
    """In Google's words."""
    with answering((status, {"error": {"message": "because"}})) as service, pytest.raises(kind, match="because"):
        service.get("/x")
    assert Answers.answers == []
