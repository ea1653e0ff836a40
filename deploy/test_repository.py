from __future__ import annotations

import pytest

from deploy.errors import WrongInput
from deploy.repository import Repository, check_tags


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("us-east4-docker.pkg.dev/my-project/nightjar", "https://us-east4-docker.pkg.dev"),
        ("registry.example:5000/a", "https://registry.example:5000"),
        ("127.0.0.1:5000/a/b", "http://127.0.0.1:5000"),
        ("localhost:5000/a", "http://localhost:5000"),
        ("localhost/a", "http://localhost"),
    ],
)
def test_a_repository_is_a_host_and_a_path(text: str, address: str) -> None:
    """On this machine it is spoken to without TLS, as crane does."""
    repository = Repository.parse(text, source="--repository")
    assert (str(repository), repository.address) == (text, address)
    assert repository.ref("extract", "sha256:0") == f"{text}/extract@sha256:0"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nightjar",
        "project/nightjar",
        "r.example/A",
        "r.example/a:1",
        "r.example/a@b",
        "https://r.example/a",
        "r.example/a/",
    ],
)
def test_what_is_no_repository_is_told(text: str) -> None:
    """With where it stands, the value, and the form."""
    with pytest.raises(WrongInput, match=r"^here: .*write HOST/PROJECT/REPOSITORY"):
        Repository.parse(text, source="here")


def test_every_wrong_tag_is_told() -> None:
    """At once."""
    check_tags(["v1", "a.b-c_d", "x" * 128])
    with pytest.raises(WrongInput) as raised:
        check_tags(["v1", "", "a/b", "x" * 129])
    assert len(str(raised.value).splitlines()) == 3
