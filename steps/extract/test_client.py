from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from steps.extract.answers import read_geojson
from steps.extract.client import TRIES, Client, Format, parse_format, parse_service
from steps.extract.fetch import TooManyError
from steps.extract.window import Window
from steps.kit.builders import silent_log
from steps.kit.errors import Misconfigured, StepError, Unavailable

WINDOW = Window(dt.datetime(2018, 2, 1, 5, tzinfo=dt.UTC), dt.datetime(2018, 2, 1, 11, tzinfo=dt.UTC))
SERVICE = "https://service.example/fdsnws/event/1/"

type Answer = httpx.Response | Exception


def events(count: int) -> httpx.Response:
    features = [{"id": str(number)} for number in range(count)]
    return httpx.Response(200, json={"type": "FeatureCollection", "features": features})


class _World:
    """A service that plays a script, and a clock that only waiting moves."""

    def __init__(self, *answers: Answer | Callable[[], Answer]) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self.time = 0.0

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        made = answer() if callable(answer) else answer
        if isinstance(made, Exception):
            raise made
        return made

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    def query(self, *, budget: float = 300, most_bytes: int = 10_000, form: Format = Format.GEOJSON) -> list[Any]:
        with Client(
            SERVICE, form, log=silent_log(), transport=httpx.MockTransport(self.handle), budget=budget,
            most_bytes=most_bytes, clock=lambda: self.time, sleep=self.sleep,
        ) as client:  # fmt: skip
            return client.query(WINDOW, read_geojson)


def test_a_query_says_what_it_wants_and_who_asks() -> None:
    """Window, format, order and limit are those of FDSN's specification; the caller has a name."""
    world = _World(events(2))
    assert len(world.query()) == 2
    assert dict(world.requests[0].url.params) == {
        "format": "geojson",
        "starttime": "2018-02-01T05:00:00.000",
        "endtime": "2018-02-01T11:00:00.000",
        "orderby": "time-asc",
        "limit": "20000",
    }
    assert world.requests[0].url.path == "/fdsnws/event/1/query"
    assert world.requests[0].headers["User-Agent"].startswith("nightjar")


def test_no_content_means_no_event() -> None:
    """204 is FDSN's way to say that nothing happened."""
    assert _World(httpx.Response(204)).query() == []


@pytest.mark.parametrize(
    "trouble",
    [
        lambda: httpx.Response(503, text="busy"),
        lambda: httpx.Response(429),
        lambda: httpx.ConnectError("refused"),
        lambda: httpx.ReadTimeout("slow"),
        lambda: httpx.RemoteProtocolError("cut"),
        lambda: httpx.Response(200, text="<html>maintenance</html>", headers={"Content-Type": "text/html"}),
        lambda: httpx.Response(200, content=b'{"type":"Fea', headers={"Content-Type": "application/json"}),
        lambda: httpx.Response(
            200, content=b"no gzip", headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
        ),
    ],
)
def test_passing_trouble_is_tried_again(trouble: Callable[[], Answer]) -> None:
    """After trouble that may pass the query is repeated, with growing, drawn waits between."""
    world = _World(trouble, trouble, events(3))
    assert len(world.query()) == 3
    assert len(world.waits) == 2


@pytest.mark.parametrize(
    ("response", "error", "said"),
    [
        (httpx.Response(400, text="Bad starttime value"), Misconfigured, "Bad starttime value"),
        (httpx.Response(404, text="no such thing"), Misconfigured, "no such thing"),
        (httpx.Response(403), Misconfigured, "403"),
        (httpx.Response(503, text="down for\n maintenance"), Unavailable, "503: down for maintenance"),
    ],
)
def test_refusals_tell_what_the_service_said(response: httpx.Response, error: type[StepError], said: str) -> None:
    """The service's own words are in the message, on one line."""
    with pytest.raises(error) as raised:
        _World(response).query()
    assert said in str(raised.value)
    assert SERVICE in str(raised.value)


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(413),
        httpx.Response(400, text="22341 matching events exceeds search limit of 20000. Modify the search."),
    ],
)
def test_too_much_is_told_apart_from_wrong(response: httpx.Response) -> None:
    """FDSN's 413 and the 400 that USGS sends instead both ask for a smaller window."""
    with pytest.raises(TooManyError):
        _World(response).query()


def test_the_service_says_how_long_to_wait() -> None:
    """Retry-After is kept to the second, as a number and as a date by the service's own clock."""
    date = {"Date": "Thu, 01 Feb 2018 05:00:00 GMT", "Retry-After": "Thu, 01 Feb 2018 05:00:42 GMT"}
    world = _World(httpx.Response(503, headers={"Retry-After": "7"}), httpx.Response(429, headers=date), events(1))
    world.query()
    assert world.waits == [7.0, 42.0]


def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    """A service that asks to come back in an hour is left to the plan's retry."""
    world = _World(httpx.Response(503, headers={"Retry-After": "3600"}))
    with pytest.raises(Unavailable):
        world.query()
    assert world.waits == []


def test_tries_end() -> None:
    """A service that stays away costs a known number of tries."""
    world = _World(httpx.Response(500))
    with pytest.raises(Unavailable):
        world.query()
    assert len(world.requests) == TRIES


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_without_end_is_cut_off(packed: bool) -> None:  # noqa: FBT001
    """Past the bound nothing more is read, counted after decompression."""
    body = b" " * 1_000_000
    headers = {"Content-Type": "application/json"} | ({"Content-Encoding": "gzip"} if packed else {})
    response = httpx.Response(200, content=gzip.compress(body) if packed else body, headers=headers)
    with pytest.raises(TooManyError):
        _World(response).query(most_bytes=100_000)


def test_an_answer_that_drips_ends_with_the_budget() -> None:
    """A service that sends a byte now and then does not hold the step for ever."""
    world = _World(events(0))

    def drip() -> Iterator[bytes]:
        for _ in range(1000):
            world.time += 10
            yield b" "

    world = _World(lambda: httpx.Response(200, content=drip(), headers={"Content-Type": "application/json"}))
    with pytest.raises(Unavailable, match="had not ended"):
        world.query(budget=100)
    assert world.time < 200


def test_an_endless_error_text_is_not_read_to_its_end() -> None:
    """Of an error page as much is shown as a person reads."""
    with pytest.raises(Misconfigured) as raised:
        _World(httpx.Response(400, text="x" * 1_000_000)).query()
    assert len(str(raised.value)) < 3000


def test_text_is_asked_for_as_text() -> None:
    """The format of the query and the type of the answer belong together."""
    with pytest.raises(Unavailable, match="answered with application/json instead of text"):
        _World(events(1)).query(form=Format.TEXT)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8080/fdsnws/event/1", "https://earthquake.usgs.gov/fdsnws/event/1/"]
)
def test_addresses_end_with_a_slash(address: str) -> None:
    """So that a query's name can be added, however a person wrote it."""
    assert parse_service(address) == address.rstrip("/") + "/"


@pytest.mark.parametrize(
    "address",
    ["", "ftp://a", "a.example", "http://", "http://a:b", "http://a:99999", "http://u:p@a", "http://a?b", "http://a b"],
)
def test_what_is_no_service_is_refused(address: str) -> None:
    """Credentials and queries do not belong into the address either."""
    with pytest.raises(ValueError, match=r"^(is not an|has more)"):
        parse_service(address)


def test_formats_are_known_by_name() -> None:
    """QuakeML is not among them."""
    assert json.dumps([parse_format("geojson"), parse_format("text")]) == '["geojson", "text"]'
    with pytest.raises(ValueError, match="is not geojson or text"):
        parse_format("xml")
