from __future__ import annotations

import pytest

from deploy import refusals
from deploy.errors import Denied, DeployError, NotReady, Passing
from deploy.repository import Repository

GOOGLE = Repository("us-east4-docker.pkg.dev", "p/r")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (
            'GET https://x/v2/token?scope=y: DENIED: Permission "artifactregistry.repositories.uploadArtifacts" denied',
            Denied,
        ),
        ("POST https://x/v2/p/r/a/blobs/uploads/: unexpected status code 403 Forbidden: ", Denied),
        ("POST https://x/v2/p/r/a/blobs/uploads/: UNAUTHORIZED: authentication failed", Denied),
        ("GET https://x/v2/token: unexpected status code 401 Unauthorized: ", Denied),
        ("credentials not found in native keychain", Denied),
        ('POST https://x/v2/p/r/a/blobs/uploads/: NAME_UNKNOWN: Repository "r" not found', NotReady),
        ("GET https://x/v2/p/r/a/manifests/sha256:0: MANIFEST_UNKNOWN: Unknown manifest", NotReady),
        ("PUT https://x/v2/p/r/a/manifests/v1: TAG_INVALID: tag v1 is immutable", NotReady),
        ("PATCH https://x/upload: EOF", Passing),
        ("PATCH https://x/upload: write tcp 10.0.0.1:1->10.0.0.2:443: write: connection reset by peer", Passing),
        ("PUT https://x/upload: unexpected status code 503 Service Unavailable: try later", Passing),
        ("GET https://x/v2/: dial tcp: lookup x on 10.0.0.1:53: no such host", Passing),
        ("GET https://x/v2/: net/http: TLS handshake timeout", Passing),
        ("GET https://x/v2/: TOOMANYREQUESTS: slow down", Passing),
        ("PUT https://x/upload: DIGEST_INVALID: provided digest did not match", DeployError),
        ("", DeployError),
    ],
)
def test_the_words_of_crane_have_a_meaning(said: str, kind: type[DeployError]) -> None:
    """What only time mends is tried again, everything else a person is told."""
    assert type(refusals.of_words(said, GOOGLE)) is kind


def test_the_remedy_is_that_of_the_registry() -> None:
    """Google's has commands and roles of its own."""
    assert "gcloud auth configure-docker us-east4-docker.pkg.dev" in str(refusals.of_status(401, "", GOOGLE))
    assert "roles/artifactregistry.writer" in str(refusals.of_status(403, "", GOOGLE))
    assert "crane auth login r.example" in str(refusals.of_status(401, "", Repository("r.example", "a")))


def test_long_words_are_cut() -> None:
    """Some registries answer with a page."""
    assert len(str(refusals.of_words("x" * 10_000, GOOGLE))) < 600
