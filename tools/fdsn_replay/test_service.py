from __future__ import annotations

import datetime as dt
import http.client
import json
import pathlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tools.fdsn_replay.catalogue import Catalogue, CatalogueError
from tools.fdsn_replay.faults import Fault, FaultsError, Kind, Script, read_script
from tools.fdsn_replay.service import LIMIT, PATH, Server, Service

RECORDED = pathlib.Path("tests/data/usgs-2018-02.geojson")
DAY = "starttime=2018-02-01T05:00:00&endtime=2018-02-02T04:59:59.999"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The recorded events."""
    return Catalogue.read([RECORDED])


def service(catalogue: Catalogue, *, limit: int = LIMIT, faults: tuple[Fault, ...] = ()) -> Service:
    return Service(catalogue=catalogue, limit=limit, faults=Script(faults))


def ask(catalogue: Catalogue, query: str, *, limit: int = LIMIT) -> tuple[int, str]:
    answer = service(catalogue, limit=limit).answer(f"{PATH}query?{query}")
    return answer.status, answer.body.decode()


def features(catalogue: Catalogue, query: str) -> list[dict[str, Any]]:
    status, body = ask(catalogue, f"format=geojson&{query}")
    return list(json.loads(body)["features"]) if status == 200 else []


def test_a_window_has_the_recorded_events(catalogue: Catalogue) -> None:
    """The local day of the recording has its 233 events, each as it was recorded, and `count` agrees."""
    found = features(catalogue, f"{DAY}&orderby=time-asc")
    assert len(found) == 233
    times = [feature["properties"]["time"] for feature in found]
    assert times == sorted(times)
    recorded = {feature["id"]: feature for feature in json.loads(RECORDED.read_bytes())["features"]}
    assert all(recorded[feature["id"]] == feature for feature in found)
    assert service(catalogue).answer(f"{PATH}count?{DAY}").body == b"233"


def test_both_edges_of_a_window_belong_to_it(catalogue: Catalogue) -> None:
    """A window as long as one event's moment has that event; a millisecond beside it has not."""
    event = catalogue.events[100]

    def ids(moment: int) -> list[str]:
        text = dt.datetime.fromtimestamp(moment / 1000, dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
        return [feature["id"] for feature in features(catalogue, f"starttime={text}&endtime={text}")]

    assert ids(event.time) == [event.id]
    assert ids(event.time - 1) == ids(event.time + 1) == []


def test_bounds_and_orders_are_kept(catalogue: Catalogue) -> None:
    """Magnitudes, places and depths bound a query; the largest come first where this is asked for."""
    found = features(catalogue, "minmagnitude=4&maxdepth=50&minlatitude=0&orderby=magnitude")
    magnitudes = [feature["properties"]["mag"] for feature in found]
    assert magnitudes == sorted(magnitudes, reverse=True)
    assert min(magnitudes) >= 4
    assert all(feature["geometry"]["coordinates"][2] <= 50 for feature in found)
    assert all(feature["geometry"]["coordinates"][1] >= 0 for feature in found)


def test_pages_join_without_gap_or_overlap(catalogue: Catalogue) -> None:
    """Limit and offset cut the same list, and offset counts from 1."""
    whole = [feature["id"] for feature in features(catalogue, f"{DAY}&orderby=time-asc")]
    pages = [features(catalogue, f"{DAY}&orderby=time-asc&limit=100&offset={offset}") for offset in (1, 101, 201)]
    assert [feature["id"] for page in pages for feature in page] == whole


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("starttime=2030-01-01", 204, ""),
        ("starttime=2030-01-01&nodata=404", 404, "No matching events"),
        ("format=xml", 400, 'Bad format value "xml"'),
        ("nonsense=1", 400, 'Unknown parameter "nonsense"'),
        ("format=geojson", 413, "exceeds search limit of 100"),
    ],
)
def test_refusals_are_those_of_the_protocol(catalogue: Catalogue, query: str, status: int, said: str) -> None:
    """Status and words tell a client what to do."""
    got, body = ask(catalogue, query, limit=100)
    assert got == status
    assert said in body


def test_text_has_a_line_for_each_event(catalogue: Catalogue) -> None:
    """FDSN's columns, one header, times without a zone."""
    _, body = ask(catalogue, f"format=text&{DAY}&orderby=time-asc")
    header, *lines = body.splitlines()
    assert header.startswith("#EventID|Time|Latitude")
    assert len(lines) == 233
    assert {line.count("|") for line in lines} == {13}
    assert lines[0].split("|")[1].startswith("2018-02-01T05:")


def test_other_paths_are_not_found(catalogue: Catalogue) -> None:
    """The answer names what there is."""
    answer = service(catalogue).answer("/")
    assert answer.status == 404
    assert f"{PATH}query".encode() in answer.body
    assert service(catalogue).answer(f"{PATH}version").body == b"1.2.4"


@pytest.fixture
def spoiled(catalogue: Catalogue) -> Iterator[http.client.HTTPConnection]:
    """A real server whose next three queries go wrong."""
    faults = (
        Fault(kind=Kind.STATUS, status=503, retry_after=7),
        Fault(kind=Kind.TRUNCATE),
        Fault(kind=Kind.RESET),
    )
    with Server(service(catalogue, faults=faults)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
        yield connection
        connection.close()
        server.shutdown()
        thread.join()


def test_faults_come_in_their_order_and_then_all_is_well(spoiled: http.client.HTTPConnection) -> None:
    """A refusal with its Retry-After, a body cut in half, a reset, and then the answer; `version` takes no fault."""

    def get(path: str) -> http.client.HTTPResponse:
        spoiled.request("GET", f"{PATH}{path}")
        return spoiled.getresponse()

    assert get("version").read() == b"1.2.4"
    refused = get(f"query?{DAY}")
    assert (refused.status, refused.headers["Retry-After"]) == (503, "7")
    assert refused.read().startswith(b"Error 503: Service Unavailable")
    with pytest.raises(http.client.IncompleteRead):
        get(f"query?{DAY}").read()
    spoiled.close()
    with pytest.raises(ConnectionError):
        get(f"query?{DAY}")
    spoiled.close()
    assert get(f"query?{DAY}").read().count(b"\n") == 234


@pytest.mark.parametrize("text", ["", "{}", '[{"fault":"fire"}]', "[{}]", '[{"fault":"reset","when":"now"}]'])
def test_a_script_that_cannot_be_read_is_named(tmp_path: pathlib.Path, text: str) -> None:
    """A misspelt fault does not silently do nothing."""
    (tmp_path / "faults.json").write_text(text)
    with pytest.raises(FaultsError, match=r"faults\.json"):
        read_script(tmp_path / "faults.json")


def test_a_fault_may_come_several_times(tmp_path: pathlib.Path) -> None:
    """`times` spares writing the same entry often."""
    (tmp_path / "faults.json").write_text('[{"fault":"status","status":500,"times":2},{"fault":"slow","seconds":1}]')
    script = read_script(tmp_path / "faults.json")
    taken = [script.take() for _ in range(4)]
    assert [fault.kind if fault else None for fault in taken] == ["status", "status", "slow", None]


def test_a_file_that_is_no_catalogue_is_named(tmp_path: pathlib.Path) -> None:
    """The message has the file's name and what is wrong."""
    (tmp_path / "a.geojson").write_text('{"features":[{"id":"x"}]}')
    with pytest.raises(CatalogueError, match=r"a\.geojson is not a GeoJSON catalogue"):
        Catalogue.read([tmp_path / "a.geojson"])
    with pytest.raises(CatalogueError, match="No such file"):
        Catalogue.read([tmp_path / "none"])
