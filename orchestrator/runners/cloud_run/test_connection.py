from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.core.errors import ConfigurationError
from orchestrator.runners.cloud_run.client import Client
from orchestrator.runners.cloud_run.connection import connect
from orchestrator.runners.cloud_run.settings import Place


class Metadata(http.server.BaseHTTPRequestHandler):
    """The part of the cloud's metadata server that is asked."""

    def do_GET(self) -> None:
        """Tell the region to whoever asks as one should."""
        known = self.path == "/computeMetadata/v1/instance/region" and self.headers["Metadata-Flavor"] == "Google"
        self.send_response(200 if known else 404)
        self.end_headers()
        if known:
            self.wfile.write(b"projects/123/regions/europe-west6")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        """Say nothing."""


@pytest.fixture
def metadata() -> Iterator[str]:
    """A metadata server."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the cloud nor signed in."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUD_RUN_JOB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a person is after `gcloud auth application-default login`, with a project in the environment."""
    file = tmp_path / "credentials.json"
    person = {"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "t"}
    file.write_text(json.dumps(person), encoding="utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "quakes-1")


def connected(place: Place) -> Client:
    """A client that makes no call."""
    client = connect(place)
    assert isinstance(client, Client)
    client.close()
    return client


def problems(place: Place) -> list[str]:
    """What a person has to give first."""
    with pytest.raises(ConfigurationError) as caught:
        connect(place)
    return [str(each) for each in caught.value.problems]


@pytest.mark.parametrize("rest", [False, True])
def test_emulator_needs_no_credentials(rest: bool) -> None:  # noqa: FBT001
    """Only the names."""
    client = connected(Place(project="p", region="r-1", endpoint="127.0.0.1:1", rest=rest))
    assert client.parent == "projects/p/locations/r-1"


def test_emulator_needs_both_names() -> None:
    """They are asked for at once."""
    project, region = problems(Place(project=None, region=None, endpoint="127.0.0.1:1"))
    assert "--project ID, or NIGHTJAR_PROJECT" in project
    assert "--region REGION, or NIGHTJAR_REGION" in region


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("rest", [False, True])
def test_regional_endpoint_is_called(rest: bool) -> None:  # noqa: FBT001
    """With the account's project, where none is named."""
    client = connected(Place(project=None, region="us-east4", rest=rest))
    assert client.parent == "projects/quakes-1/locations/us-east4"
    if rest:
        assert client.jobs.api_endpoint == "us-east4-run.googleapis.com"


@pytest.mark.usefixtures("signed_in")
def test_region_comes_from_the_cloud(metadata: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this runs in it."""
    assert problems(Place(project="p", region=None)) == ["which region? Name it: --region REGION, or NIGHTJAR_REGION"]
    monkeypatch.setenv("CLOUD_RUN_JOB", "orchestrator")
    monkeypatch.setenv("GCE_METADATA_HOST", metadata)
    assert connected(Place(project="p", region=None)).parent == "projects/p/locations/europe-west6"


@pytest.mark.usefixtures("signed_in")
def test_silent_metadata_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do instead."""
    monkeypatch.setenv("CLOUD_RUN_JOB", "orchestrator")
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:1")
    (problem,) = problems(Place(project="p", region=None))
    assert "does not tell the region" in problem
    assert "NIGHTJAR_REGION" in problem


def test_missing_credentials_are_told_with_the_command() -> None:
    """That brings them."""
    (problem,) = problems(Place(project="p", region="r-1"))
    assert "gcloud auth application-default login" in problem
