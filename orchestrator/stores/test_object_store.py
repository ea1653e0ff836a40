from __future__ import annotations

import logging
import resource
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from obstore.exceptions import GenericError
from obstore.store import MemoryStore

from orchestrator.core.errors import BrokenLog, Conflict, Unavailable
from orchestrator.core.events import Claimed, Event, Finished, Outcome
from orchestrator.ports import Lease, Store
from orchestrator.stores import bucket as bucket_module
from orchestrator.stores.bucket import Bucket
from orchestrator.stores.object_lease import ObjectLease
from orchestrator.stores.object_log import ObjectLog
from orchestrator.stores.object_store import ObjectStore
from orchestrator.testing import benches, build
from orchestrator.testing.build import RUN
from orchestrator.testing.fakes import BEGIN
from orchestrator.testing.gcs import BUCKET, Fault, GcsServer
from steps.kit.contract import RunId

OPENED = build.log(build.pipeline(build.step("a")))[0].event
FINISHED = Finished(at=BEGIN, outcome=Outcome.SUCCEEDED)
TTL = timedelta(seconds=15)
PLACE = "some/where"


def claimed(number: int) -> Event:
    return Claimed(at=BEGIN, driver=f"driver {number}")


@pytest.fixture
def cloud(bucket: GcsServer) -> Iterator[benches.Bench]:
    """Stores in a bucket behind HTTP."""
    made = benches.bucket(bucket, patience=timedelta(seconds=6))
    yield made
    made.close()


def requests(server: GcsServer, work: Callable[[], object]) -> list[str]:
    """The requests of this work, without the names of what they are about."""
    before = len(server.requests)
    work()
    return [request.partition(" ")[0] for request in server.requests[before:]]


def three_batches(store: Store) -> None:
    """A finished run."""
    store.append(RUN, 0, [OPENED])
    store.append(RUN, 1, [claimed(1), claimed(2)])
    store.append(RUN, 3, [FINISHED])


def check_log(store: Store, *expected: Event) -> None:
    """Exactly these events, numbered without gaps."""
    assert list(enumerate(expected, 1)) == [(each.seq, each.event) for each in store.read(RUN)]


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.CUT, Fault.REFUSED])
def test_append_that_had_to_be_repeated_is_there_once(cloud: benches.Bench, bucket: GcsServer, fault: Fault) -> None:
    """The store knows its own batch, although it is told that there is one already."""
    store = cloud.open()
    store.append(RUN, 0, [OPENED])
    bucket.faults += [("PUT", fault)] * 2
    assert [each.seq for each in store.append(RUN, 1, [claimed(1), claimed(2)])] == [2, 3]
    store.append(RUN, 3, [claimed(3)])
    check_log(cloud.open(), OPENED, claimed(1), claimed(2), claimed(3))


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.CUT])
def test_append_that_had_to_be_repeated_too_late_conflicts(
    cloud: benches.Bench, bucket: GcsServer, fault: Fault
) -> None:
    """What is there is another's, even if it says the same."""
    late = cloud.open()
    late.append(RUN, 0, [OPENED])
    cloud.open().append(RUN, 1, [claimed(1)])
    bucket.faults += [("PUT", fault)]
    with pytest.raises(Conflict, match="stands at 2, not at 1"):
        late.append(RUN, 1, [claimed(1)])
    check_log(late, OPENED, claimed(1))


def test_reading_outlasts_faults(cloud: benches.Bench, bucket: GcsServer) -> None:
    """Lists and objects that were refused or cut are asked for again."""
    three_batches(cloud.open())
    bucket.faults += [("GET", Fault.REFUSED), ("GET", Fault.CUT), ("GET", Fault.REFUSED), ("GET", Fault.LOST)]
    check_log(cloud.open(), OPENED, claimed(1), claimed(2), FINISHED)


def test_lease_outlasts_faults(cloud: benches.Bench, bucket: GcsServer) -> None:
    """A heartbeat whose answer was lost is the driver's own."""
    store = cloud.open()
    bucket.faults += [("PUT", Fault.LOST)]
    assert store.claim(RUN, "one", ttl=TTL) == Lease(driver="one", beats=1)
    bucket.faults += [("PUT", Fault.LOST), ("DELETE", Fault.REFUSED)]
    assert store.claim(RUN, "one", ttl=TTL) == Lease(driver="one", beats=2)
    assert cloud.open().claim(RUN, "two", ttl=TTL) == Lease(driver="one", beats=2)


@pytest.mark.parametrize("call", ["append", "read", "runs", "claim", "holder"])
def test_bucket_that_stays_away_is_unavailable(bucket: GcsServer, call: str) -> None:
    """With its address, within the store's patience."""
    store = ObjectStore(Bucket.open(f"gs://{BUCKET}/x", allow_http=True, patience=timedelta(seconds=0.3)))
    bucket.faults += [(method, Fault.CUT) for method in ("GET", "PUT", "HEAD") for _ in range(50)]
    with pytest.raises(Unavailable, match=rf"the store gs://{BUCKET}/x at .*see whether it can be reached"):
        calls(store)[call]()


@pytest.mark.parametrize("call", ["append", "read", "runs", "claim", "holder"])
def test_account_without_rights_is_told_what_it_needs(cloud: benches.Bench, bucket: GcsServer, call: str) -> None:
    """Whatever it wanted to do."""
    store = cloud.open()
    bucket.faults += [(method, Fault.FORBIDDEN) for method in ("GET", "PUT", "HEAD")]
    with pytest.raises(Unavailable, match="let this account list, read, create and delete objects there"):
        calls(store)[call]()


@pytest.mark.parametrize("call", ["append", "read", "runs", "claim", "holder"])
@pytest.mark.usefixtures("bucket")
def test_bucket_that_does_not_exist_is_told(call: str) -> None:
    """Nobody makes one by a mistake in writing."""
    store = ObjectStore(Bucket.open("gs://nowhere/x", allow_http=True))
    with pytest.raises(Unavailable, match=r"the store gs://nowhere/x at .*make the bucket, or name one that exists"):
        calls(store)[call]()


def test_missing_account_is_not_taken_for_missing_rights() -> None:
    """On a machine without an account the client asks the platform for a token, and is refused there."""
    refused = GenericError("Error performing token request: Server returned non-2xx status code: 403 Forbidden")
    with pytest.raises(Unavailable, match="name the account to use: gcloud auth"), bucket_module._translated("gs://x"):
        raise refused


def calls(store: Store) -> Mapping[str, Callable[[], object]]:
    return {
        "append": lambda: store.append(RUN, 0, [OPENED]),
        "read": lambda: store.read(RUN),
        "runs": store.runs,
        "claim": lambda: store.claim(RUN, "one", ttl=TTL),
        "holder": lambda: store.holder(RUN),
    }


def test_what_a_driver_asks_for_is_little(cloud: benches.Bench, bucket: GcsServer) -> None:
    """One request an append and an idle look, two a heartbeat; a finished run is read in one go."""
    store = cloud.open()
    assert requests(bucket, lambda: store.append(RUN, 0, [OPENED])) == ["PUT"]
    assert requests(bucket, lambda: store.append(RUN, 1, [claimed(1), claimed(2)])) == ["PUT"]
    assert requests(bucket, lambda: store.read(RUN, 3)) == ["GET"]
    store.claim(RUN, "one", ttl=TTL)
    store.claim(RUN, "one", ttl=TTL)
    assert requests(bucket, lambda: store.claim(RUN, "one", ttl=TTL)) == ["PUT", "DELETE"]
    store.append(RUN, 3, [FINISHED])
    assert requests(bucket, lambda: cloud.open().read(RUN)) == ["GET", "GET"]
    assert requests(bucket, lambda: cloud.open().runs(day=RUN.logical_date)) == ["GET"]


def test_listing_runs_costs_by_month_and_not_by_year(cloud: benches.Bench, bucket: GcsServer) -> None:
    """Older months are not looked at once there are enough runs, and logs never."""
    store = cloud.open()
    months = [date(2017 + number // 12, number % 12 + 1, 1) for number in range(13, 18)]
    for month in months:
        store.append(RunId("toy", month, 1), 0, [OPENED])
    assert len(requests(bucket, lambda: store.runs(limit=2))) == 3
    assert [run.logical_date for run in store.runs(limit=2)] == [months[4], months[3]]


def test_crash_before_the_whole_log_is_written_costs_nothing(cloud: benches.Bench, bucket: GcsServer) -> None:
    """It is read batch by batch then; also when it may not be written."""
    three_batches(cloud.open())
    whole = [key for key in bucket.objects if key.endswith(".whole.jsonl")]
    assert [f"{PLACE}/runs/2018-02/{RUN}/00000004.whole.jsonl"] == whole
    del bucket.objects[whole[0]]
    check_log(cloud.open(), OPENED, claimed(1), claimed(2), FINISHED)


def test_whole_log_that_cannot_be_written_is_no_failure(
    cloud: benches.Bench, bucket: GcsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The run is finished; somebody is told why reading it will take longer."""
    bucket.faults += [("PUT", None)] * 3 + [("PUT", Fault.FORBIDDEN)]
    with caplog.at_level(logging.WARNING):
        three_batches(cloud.open())
    assert "is read batch by batch" in caplog.text
    check_log(cloud.open(), OPENED, claimed(1), claimed(2), FINISHED)


def test_log_with_a_gap_is_broken(cloud: benches.Bench, bucket: GcsServer) -> None:
    """A person removed something; nobody may take the rest for the whole."""
    store = cloud.open()
    for number in range(4):
        store.append(RUN, number, [claimed(number)])
    del bucket.objects[f"{PLACE}/runs/2018-02/{RUN}/00000002.jsonl"]
    with pytest.raises(BrokenLog, match="goes on after event 2, and the object with that event is not there"):
        cloud.open().read(RUN)


def test_batch_that_a_list_missed_is_read_all_the_same() -> None:
    """A list that is made while others write may have the later of two."""

    class Hiding(Bucket):
        def objects(self, folder: str) -> Mapping[str, datetime]:
            return {name: at for name, at in super().objects(folder).items() if not name.startswith("00000002")}

    memory = MemoryStore()
    writer = ObjectLog(Bucket(memory, "memory"))
    for number in range(3):
        writer.append(RUN, number, [claimed(number)])
    assert [each.seq for each in ObjectLog(Hiding(memory, "memory")).read(RUN)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"a poem\n", "no batch of events: 'a poem'"),
        (b"", "no batch of events"),
        (b"[]\n", "by a newer nightjar"),
        (b'{"format":2,"first":1,"events":0}\n', "by a newer nightjar"),
        (b'{"format":1,"first":2,"events":0}\n', "is damaged"),
        (b'{"format":1,"first":1,"events":2}\n{}\n', "is damaged"),
        (b'{"format":1,"first":1,"events":1}\n{}\n', "no event"),
    ],
)
def test_object_that_is_no_batch_is_told(tmp_path: Path, body: bytes, words: str) -> None:
    """A log that cannot be read is never acted upon."""
    bucket = Bucket.open(tmp_path.as_uri())
    bucket.create(f"runs/2018-02/{RUN}/00000001.jsonl", body)
    with pytest.raises(BrokenLog, match=words):
        ObjectStore(bucket).read(RUN)


def test_lease_leaves_little_behind(tmp_path: Path) -> None:
    """The first beat of whoever drove and the end; no heartbeat, and nothing that was written to learn the time."""
    store = ObjectStore(Bucket.open(tmp_path.as_uri()))
    for _ in range(5):
        store.claim(RUN, "one", ttl=TTL)
    store.claim(RUN, "two", ttl=TTL)
    store.release(RUN, "one")
    assert [each.name for each in sorted(tmp_path.glob("leases/*/*"))] == ["00000001.json", "00000006.json"]
    assert list(tmp_path.glob("clock/*")) == []


def test_lease_that_nobody_has_is_seen_without_writing(cloud: benches.Bench, bucket: GcsServer) -> None:
    """Who only looks may lack the right to write."""
    store = cloud.open()
    assert requests(bucket, lambda: store.holder(RUN)) == ["GET"]
    store.claim(RUN, "one", ttl=TTL)
    store.release(RUN, "one")
    assert requests(bucket, lambda: store.holder(RUN)) == ["GET", "GET"]


def test_driver_that_looked_long_ago_does_not_take_the_lease() -> None:
    """The number that it wants to create has come and gone meanwhile; it finds the higher one and gives way."""
    memory = MemoryStore()
    quick = ObjectLease(Bucket(memory, "memory"))
    at_once = timedelta()

    class Frozen(Bucket):
        thaws = False

        def create(self, key: str, body: bytes) -> bool:
            if not self.thaws:
                self.thaws = True
                for _ in range(3):
                    quick.claim(RUN, "quick", ttl=TTL)
            return super().create(key, body)

    quick.claim(RUN, "quick", ttl=at_once)
    assert ObjectLease(Frozen(memory, "memory")).claim(RUN, "late", ttl=TTL) == Lease(driver="quick", beats=4)
    assert quick.claim(RUN, "quick", ttl=TTL) == Lease(driver="quick", beats=5)


def test_heartbeat_that_arrives_after_the_lease_was_given_back_is_refused() -> None:
    """Numbers never begin anew, so what was sent long ago finds its place taken."""
    bucket = Bucket(MemoryStore(), "memory")
    lease = ObjectLease(bucket)
    lease.claim(RUN, "one", ttl=TTL)
    lease.release(RUN, "one")
    assert not bucket.create(f"leases/{RUN}/00000002.json", b"late")
    assert lease.claim(RUN, "two", ttl=TTL) == Lease(driver="two", beats=1)


def test_folder_without_space_is_unavailable(tmp_path: Path) -> None:
    """Nothing of the batch is there, and once there is space the same store goes on."""
    store = ObjectStore(Bucket.open(tmp_path.as_uri()))
    store.append(RUN, 0, [OPENED])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    with pytest.raises(Unavailable, match="has space"):
        store.append(RUN, 1, [OPENED] * 50)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    check_log(store, OPENED)
    store.append(RUN, 1, [OPENED] * 50)
    assert len(store.read(RUN)) == 51


def test_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "state").touch()
    with pytest.raises(Unavailable, match=r"the store file:///.*/state/runs cannot be used"):
        Bucket.open((tmp_path / "state" / "runs").as_uri())


def test_subscriber_may_have_any_name(tmp_path: Path) -> None:
    """It becomes a part of a key."""
    store = ObjectStore(Bucket.open(tmp_path.as_uri()))
    for number, name in enumerate(["a/b", "a", "a%2Fb", "..", "ä b#1"], 1):
        store.move_cursor(RUN, name, number)
        assert store.cursor(RUN, name) == number
