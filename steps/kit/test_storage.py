from __future__ import annotations

import hashlib
import pathlib
import threading

import pytest

from steps.kit import layout
from steps.kit.errors import BadData, Misconfigured
from steps.kit.storage import Storage, check_url


@pytest.fixture(params=["memory", "file"])
def storage(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Storage:
    """One store of each kind; a folder with blanks in its name is one too."""
    return Storage.open("memory:///" if request.param == "memory" else (tmp_path / "a store").as_uri())


def test_what_exists_is_never_overwritten(storage: Storage) -> None:
    """The second create says no and leaves the first one's bytes."""
    assert storage.create("a/b", b"first") is True
    assert storage.create("a/b", b"second") is False
    assert storage.read("a/b") == b"first"


def test_one_of_many_creates_wins(storage: Storage) -> None:
    """Of creates at the same moment exactly one succeeds, and its bytes are there whole."""
    contents = [bytes([number]) * 200_000 for number in range(8)]
    won: list[int] = []

    def create(number: int) -> None:
        if storage.create("claim", contents[number]):
            won.append(number)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert storage.read("claim") == contents[won[0]]


def test_what_is_missing_is_none(storage: Storage) -> None:
    """Reading what nobody wrote is no error."""
    assert storage.read("nothing") is None
    assert storage.names("nowhere") == []


def test_listing_tells_objects_from_folders(storage: Storage) -> None:
    """Names come sorted, without the folder's own, and without what lies deeper or beside."""
    for key in ("run/b", "run/a", "run/deeper/c", "runs/other"):
        storage.create(key, b"")
    assert storage.names("run") == ["a", "b"]
    assert storage.folders("run") == ["deeper"]


def test_content_lies_under_its_digest_once(storage: Storage) -> None:
    """Putting the same content again is the same as putting it once."""
    digest = storage.put_object(b"content")
    assert digest == hashlib.sha256(b"content").hexdigest()
    assert storage.put_object(b"content") == digest
    assert storage.get_object(digest) == b"content"


def test_content_that_is_not_what_its_name_says_is_refused(storage: Storage) -> None:
    """A damaged object never reaches a step."""
    storage.create(layout.object_key("0" * 64), b"something else")
    with pytest.raises(BadData, match="holds other content"):
        storage.get_object("0" * 64)
    with pytest.raises(BadData, match="has no object"):
        storage.get_object("1" * 64)


def test_a_leftover_of_a_killed_write_is_invisible(tmp_path: pathlib.Path) -> None:
    """What a writer that was killed left under its temporary name neither shows nor disturbs."""
    storage = Storage.open(tmp_path.as_uri())
    (tmp_path / "run").mkdir()
    (tmp_path / "run/manifest#1").write_bytes(b"half of")
    assert storage.names("run") == []
    assert storage.create("run/manifest", b"whole") is True
    assert storage.read("run/manifest") == b"whole"


@pytest.mark.parametrize(
    "url", ["", "relative", "file://host/path", "s3://bucket", "gs://", "file:///a?b", "file:///a#b"]
)
def test_what_is_no_store_is_refused(url: str) -> None:
    """Only URLs that this code has been tried with are taken."""
    with pytest.raises(ValueError, match=r"^(is not|has a)"):
        check_url(url)


@pytest.mark.parametrize("url", ["file:///data", "gs://bucket/prefix", "gs://bucket", "memory:///"])
def test_urls_of_stores_are_taken_as_they_are(url: str) -> None:
    """A URL is checked, not changed."""
    assert check_url(url) == url


def test_a_place_that_cannot_be_written_is_a_configuration_error(tmp_path: pathlib.Path) -> None:
    """A file where the folder should be is named in the message."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="file"):
        Storage.open((tmp_path / "file").as_uri()).create("a", b"")
