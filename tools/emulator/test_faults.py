from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud import run_v2

from tools.emulator import faults_file
from tools.emulator.errors import Code
from tools.emulator.faults import Fault, Kind, When
from tools.emulator.script import Plan
from tools.emulator.testing import PARENT, PATIENCE, Clients, completed, eventually

RUN = "Jobs.RunJob"


@pytest.fixture(params=["grpc", "rest"])
def faulty(request: pytest.FixtureRequest, site: Any) -> Callable[..., tuple[Clients, str]]:
    """Clients by either transport of an emulator with a fault, and a job that does nothing."""

    def begin(*faults: Fault, text: str = "exit 0", **settings: Any) -> tuple[Clients, str]:
        clients = site.start(request.param, plan=Plan(faults=faults))
        return clients, clients.create("toy", text, **settings)

    return begin


def executions(clients: Clients) -> list[str]:
    """The names of all executions."""
    return [each.name for each in clients.executions.list_executions(parent=f"{PARENT}/jobs/-", timeout=PATIENCE)]


def test_an_error_before_the_effect_starts_nothing(faulty: Callable[..., tuple[Clients, str]]) -> None:
    """The second call is hit, the others are not."""
    clients, name = faulty(Fault(kind=Kind.ERROR, method=RUN, nth=2, code=Code.UNAVAILABLE))
    clients.run(name)
    with pytest.raises(exceptions.ServiceUnavailable, match="on demand"):
        clients.run(name)
    clients.run(name)
    assert len(executions(clients)) == 2


def test_an_error_after_the_effect_loses_the_answer_alone(faulty: Callable[..., tuple[Clients, str]]) -> None:
    """The execution exists although its starter was told of an error."""
    clients, name = faulty(Fault(kind=Kind.ERROR, method=RUN, code=Code.INTERNAL, when=When.AFTER))
    with pytest.raises(exceptions.InternalServerError):
        clients.run(name)
    (execution,) = executions(clients)
    assert clients.end(execution).succeeded_count == 1


@pytest.mark.parametrize(("when", "left"), [(When.BEFORE, 0), (When.AFTER, 1)])
def test_a_cut_connection_gives_no_answer(faulty: Callable[..., tuple[Clients, str]], when: When, left: int) -> None:
    """The client sees that it broke, not an answer; the next call works."""
    clients, name = faulty(Fault(kind=Kind.CUT, method=RUN, when=when))
    kinds = exceptions.ServiceUnavailable if clients.channel else Exception
    with pytest.raises(kinds) as raised:
        clients.run(name)
    assert clients.channel or "Connection" in type(raised.value).__name__
    # A channel that broke is made anew; a call may wait for that.
    found = clients.executions.list_executions(request={"parent": name}, timeout=PATIENCE, retry=_again())
    assert len(list(found)) == left


def _again() -> Any:
    return Retry(predicate=if_exception_type(exceptions.ServiceUnavailable), timeout=PATIENCE, initial=0.05)


def test_latency_delays_the_answer(faulty: Callable[..., tuple[Clients, str]]) -> None:
    """Past the client's own patience; the effect is there all the same."""
    clients, name = faulty(Fault(kind=Kind.LATENCY, method=RUN, seconds=30, when=When.AFTER))
    kind = exceptions.DeadlineExceeded if clients.channel else Exception
    with pytest.raises(kind):
        clients.jobs.run_job(name=name, timeout=0.5)
    eventually(lambda: len(executions(clients)) == 1)


def test_calls_beyond_the_quota_are_refused(faulty: Callable[..., tuple[Clients, str]]) -> None:
    """So many a minute, and no more."""
    clients, name = faulty(Fault(kind=Kind.QUOTA, method=RUN, per_minute=2))
    clients.run(name)
    clients.run(name)
    with pytest.raises(exceptions.TooManyRequests, match="Quota exceeded"):
        clients.run(name)


def test_a_new_execution_can_be_seen_late(faulty: Callable[..., tuple[Clients, str]]) -> None:
    """It runs, but nobody finds it, by its name or in a list, until its time has come."""
    clients, name = faulty(Fault(kind=Kind.LATE, method=RUN, seconds=1.0))
    execution = clients.run(name)
    assert executions(clients) == []
    with pytest.raises(exceptions.NotFound):
        clients.executions.get_execution(name=execution)
    eventually(lambda: executions(clients) == [execution])
    assert clients.end(execution).succeeded_count == 1


def test_a_start_can_be_doubled(faulty: Callable[..., tuple[Clients, str]]) -> None:
    """Two executions of one call, of which it names one."""
    clients, name = faulty(Fault(kind=Kind.DUPLICATE, method=RUN))
    execution = clients.run(name)
    found = executions(clients)
    assert execution in found
    assert len(found) == 2
    for each in found:
        assert clients.end(each).succeeded_count == 1


def test_an_image_that_cannot_be_pulled_fails_the_execution(faulty: Callable[..., tuple[Clients, str]]) -> None:
    """With the reason, before anything ran."""
    clients, name = faulty(Fault(kind=Kind.IMAGE))
    found = clients.end(clients.run(name))
    assert completed(found).reason == run_v2.Condition.CommonReason.CONTAINER_MISSING
    assert [each.type_ for each in found.conditions] == ["Completed", "ContainerReady"]
    assert clients.end(clients.run(name)).succeeded_count == 1


def test_secrets_can_be_out_of_reach(faulty: Callable[..., tuple[Clients, str]]) -> None:
    """Of one job alone."""
    clients, name = faulty(Fault(kind=Kind.SECRET, job="toy", times=None))
    found = clients.end(clients.run(name))
    assert completed(found).reason == run_v2.Condition.CommonReason.SECRETS_ACCESS_CHECK_FAILED
    other = clients.create("other", "exit 0")
    assert clients.end(clients.run(other)).succeeded_count == 1


def test_an_attempt_can_run_out_of_memory(faulty: Callable[..., tuple[Clients, str]]) -> None:
    """It is killed whatever it uses, and its retry is not."""
    clients, name = faulty(Fault(kind=Kind.MEMORY), text='[ "$CLOUD_RUN_TASK_ATTEMPT" = 1 ] || sleep 1000', retries=1)
    found = clients.end(clients.run(name))
    assert (found.succeeded_count, found.retried_count) == (1, 1)


def test_a_host_can_be_maintained(site: Any) -> None:
    """The program is stopped for a while and goes on then."""
    clients = site.start(plan=Plan(faults=(Fault(kind=Kind.MAINTENANCE, seconds=1.0),)))
    execution = clients.run(clients.create("toy", "while ! [ -e go ]; do sleep 0.01; done; exit 0"))
    folder = site.folder / "state/attempts" / execution.rpartition("/")[2] / "0/0"
    eventually(lambda: "T" in _states(folder))
    (folder / "scratch/0/go").touch()
    assert clients.end(execution).succeeded_count == 1


def _states(folder: Path) -> set[str]:
    """What the processes do that were started in this folder."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if (stat.parent / "cwd").resolve().is_relative_to(folder / "scratch"):
                found.add(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0])
        except OSError:
            continue  # It has ended meanwhile.
    return found


def test_shares_are_drawn_by_the_seed(start: Callable[..., Clients]) -> None:
    """The same seed hits the same calls."""
    clients = start(plan=Plan(seed=3, faults=(Fault(kind=Kind.ERROR, method="Jobs.ListJobs", share=0.5),)))
    url = f"http://{clients.address}"
    plan = httpx.get(f"{url}/_faults").json()

    def story() -> list[int]:
        return [httpx.get(f"{url}/v2/{PARENT}/jobs").status_code for _ in range(20)]

    first = story()
    assert set(first) == {200, 503}
    counts = httpx.get(f"{url}/_faults").json()
    assert (counts["met"], counts["hit"]) == ([20], [first.count(503)])
    assert httpx.post(f"{url}/_faults", json=plan).status_code == 200
    assert story() == first


def test_faults_are_changed_while_it_runs(clients: Clients) -> None:
    """Posted, shown with what they were about, and removed."""
    url = f"http://{clients.address}/_faults"
    name = clients.create("toy", "exit 0")
    httpx.post(url, json={"faults": [{"kind": "error", "method": RUN, "code": "ABORTED"}]})
    with pytest.raises(exceptions.Aborted):
        clients.run(name)
    assert httpx.get(url).json()["met"] == [1]
    assert httpx.delete(url).json() == {"seed": 0, "faults": [], "met": [], "hit": []}
    clients.run(name)


def test_wrong_faults_are_refused_with_every_problem(clients: Clients) -> None:
    """Place, value and remedy of each; what was there stays."""
    faults = [
        {"kind": "eror"},
        {"kind": "latency"},
        {"kind": "cut", "code": "ABORTED"},
        {"kind": "error", "share": 2, "cod": 1},
        {"kind": "error", "share": 0.5, "nth": 2},
    ]
    answer = httpx.post(f"http://{clients.address}/_faults", json={"faults": faults})
    assert answer.status_code == 400
    said = answer.json()["error"]["message"]
    for words in (
        "faults[0].kind: 'eror' is not", "Did you mean 'error'?", "'seconds' is missing", "has no 'code'",
        "faults[3].share", "Did you mean 'code'?", "'share' stands beside",
    ):  # fmt: skip
        assert words in said
    answer = httpx.post(f"http://{clients.address}/_faults", content=b"{")
    assert answer.status_code == 400


def test_faults_are_shown_as_they_can_be_written() -> None:
    """What is shown is read to the same faults."""
    faults = (
        Fault(kind=Kind.ERROR, code=Code.ABORTED, when=When.AFTER, times=None),
        Fault(kind=Kind.MAINTENANCE, seconds=2.0, job="toy-*"),
        Fault(kind=Kind.QUOTA, per_minute=3, method="Jobs.*"),
        Fault(kind=Kind.CUT, share=0.25),
    )
    plan = Plan(faults=faults, seed=5)
    assert faults_file.loads(faults_file.dumps(plan, [1, 2, 3, 4], [0, 1, 0, 2]), source="shown") == plan


def test_a_delay_ends_when_the_emulator_stops(start: Callable[..., Clients], site: Any) -> None:
    """A client that waits does not keep it."""
    clients = start(plan=Plan(faults=(Fault(kind=Kind.LATENCY, seconds=3600),)))
    call = clients.jobs.get_job
    began = time.monotonic()
    with pytest.raises(exceptions.GoogleAPICallError):
        call(name=f"{PARENT}/jobs/toy", timeout=0.2)
    site.stop()
    assert time.monotonic() - began < PATIENCE
