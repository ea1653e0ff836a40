"""Where a release is read from: a file of this machine, or an object of a bucket as the cloud has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import obstore
import pytest
from obstore.store import GCSStore

from orchestrator import app
from orchestrator.core import release as releases
from orchestrator.core.errors import ConfigurationError, Unavailable
from orchestrator.core.problems import InputError
from orchestrator.testing import build, gcs
from orchestrator.testing.build import step

RELEASE = build.release(build.pipeline(step("a")))
FOLDER = f"gs://{gcs.BUCKET}/releases"


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[gcs.GcsServer]:
    """A bucket behind HTTP, to which the environment leads."""
    with gcs.server() as running:
        for name, value in running.account(tmp_path).items():
            monkeypatch.setenv(name, value)
        yield running


def put(content: bytes) -> None:
    """An object as Terraform puts it there."""
    store = GCSStore.from_url(FOLDER, client_options={"allow_http": True})
    obstore.put(store, "abc.json", content, mode="create", use_multipart=False)


@pytest.mark.usefixtures("bucket")
def test_a_release_is_read_from_a_bucket() -> None:
    """Where the cloud has it."""
    put(releases.dumps(RELEASE).encode())
    assert app.release(f"{FOLDER}/abc.json", allow_http=True) == RELEASE


@pytest.mark.usefixtures("bucket")
def test_an_object_that_is_not_there_is_told() -> None:
    """By its URL: it is a matter of settings."""
    with pytest.raises(ConfigurationError, match=f"{FOLDER}/abc.json does not exist: name a release"):
        app.release(f"{FOLDER}/abc.json", allow_http=True)


@pytest.mark.usefixtures("bucket")
def test_an_object_that_is_no_release_is_told() -> None:
    """Like a file that is none."""
    put(b"{}")
    with pytest.raises(InputError, match=r"^abc\.json"):
        app.release(f"{FOLDER}/abc.json", allow_http=True)


def test_a_bucket_that_cannot_be_used_is_told(bucket: gcs.GcsServer) -> None:
    """It may pass, so the same command is worth another try."""
    bucket.faults = [("GET", gcs.Fault.FORBIDDEN)]
    with pytest.raises(Unavailable, match=FOLDER):
        app.release(f"{FOLDER}/abc.json", allow_http=True)


def test_a_release_is_read_from_a_file(tmp_path: Path) -> None:
    """By its path."""
    path = tmp_path / "release.json"
    path.write_text(releases.dumps(RELEASE))
    assert app.release(path) == RELEASE
