from __future__ import annotations

from dataclasses import replace

import pytest

from steps.kit import codec, contract, entry, outputs
from steps.kit.builders import context
from steps.kit.claim import claim, last_environment
from steps.kit.context import Context
from steps.kit.outputs import Outputs
from steps.kit.results import Inputs
from steps.kit.storage import Storage


def work(_context: Context[None], _inputs: Inputs, collected: Outputs) -> None:
    collected.put("a.txt", b"content", rows=1)
    collected.count(read=1)


def fail(_context: Context[None], _inputs: Inputs, collected: Outputs) -> None:
    collected.put("a.txt", b"content")
    raise RuntimeError("half way")


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Storage:
    """One store in memory, whoever opens it."""
    store = Storage.open("memory:///")
    monkeypatch.setattr(Storage, "open", lambda _url: store)
    return store


def test_the_manifest_comes_last_and_names_everything(storage: Storage) -> None:
    """After a successful attempt objects, counts and nothing else are published."""
    one = context("load", None)
    assert entry.attempt(work, one) == 0
    data = storage.read(outputs.own_manifest_key(one))
    assert data is not None
    assert codec.decode(data)["rows"] == {"read": 1}
    assert storage.get_object(codec.decode(data)["objects"]["a.txt"]["sha256"]) == b"content"


def test_a_failed_attempt_publishes_no_manifest(storage: Storage) -> None:
    """What it put before failing is named by nobody."""
    one = context("load", None)
    with pytest.raises(RuntimeError, match="half way"):
        entry.attempt(fail, one)
    assert storage.read(outputs.own_manifest_key(one)) is None


def test_an_attempt_is_worked_on_once(storage: Storage) -> None:
    """A second execution of an attempt finds the claim and leaves without work."""
    one = context("load", None)
    assert claim(one, storage) is True
    assert entry.attempt(fail, one) == 0
    assert storage.read(outputs.own_manifest_key(one)) is None
    assert entry.attempt(work, context("load", None, attempt=2)) == 0


def test_what_is_published_stands(storage: Storage) -> None:
    """An attempt that finds a manifest, before its work or after it, leaves it as it is."""
    one = context("load", None)
    key = outputs.own_manifest_key(one)

    def overtaken(own: Context[None], inputs: Inputs, collected: Outputs) -> None:
        storage.create(key, b"another's")
        work(own, inputs, collected)

    assert entry.attempt(overtaken, one) == 0
    assert storage.read(key) == b"another's"
    assert entry.attempt(fail, context("load", None, attempt=2)) == 0
    assert storage.read(key) == b"another's"


def test_a_repeated_create_recognizes_its_own_claim(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim whose answer was lost, and whose repetition finds it there, is still one's own."""
    create = Storage.create

    def lossy(self: Storage, key: str, data: bytes) -> bool:
        create(self, key, data)
        return create(self, key, data)

    monkeypatch.setattr(Storage, "create", lossy)
    assert claim(context("load", None), storage) is True
    assert claim(context("load", None), storage) is False


def test_claims_remember_the_environment_of_the_last_attempt(storage: Storage) -> None:
    """The newest attempt of the newest generation counts; a step that never ran learns the zone from others."""
    for attempt in (9, 10):
        one = context("validate", None, attempt=attempt)
        claim(replace(one, public={**one.public, "QUARANTINE_LIMIT": f"0.{attempt}"}), storage)
    later = replace(one.run, generation=2)
    claim(context("extract", None, run=later), storage)
    assert last_environment(storage, later, "validate")["QUARANTINE_LIMIT"] == "0.10"
    assert last_environment(storage, later, "nobody") == {"NIGHTJAR_TIME_ZONE": "America/New_York"}
    assert last_environment(Storage.open(""), replace(later, pipeline="other"), "validate") == {}


def test_names_of_objects_are_checked() -> None:
    """An object's name is a file's name, and is used once."""
    collected = Outputs(lambda _name, _data: "0" * 64)
    collected.put("a.txt", b"")
    for name in ("a.txt", "../a", "", "A", "a b"):
        with pytest.raises(ValueError, match="is not a new name"):
            collected.put(name, b"")


def test_lines_are_joined_by_what_the_environment_says() -> None:
    """The ids are those that the orchestrator derives; without a run there are none."""
    environ = {
        "NIGHTJAR_RUN": "quakes-2018-02-01-g1",
        "NIGHTJAR_ATTEMPT": "quakes-2018-02-01-g1/load/1",
        "NIGHTJAR_PROJECT": "our-project",
    }
    joined = contract.trace("quakes-2018-02-01-g1", "quakes-2018-02-01-g1/load/1", project="our-project")
    assert entry._trace(environ) == joined
    assert entry._trace({}) == {}
