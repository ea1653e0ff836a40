from __future__ import annotations

import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from orchestrator.alerts import slack
from orchestrator.alerts.alert import Alert
from orchestrator.alerts.sink import Closed, NotNow, Refused, Undelivered
from orchestrator.alerts.webhook import Webhook, problem
from orchestrator.core.model import AlertKind
from orchestrator.core.story import Severity
from orchestrator.testing.build import RUN
from orchestrator.testing.receiver import SECRET_PATH, Answer, Receiver

ALERT = Alert(
    kind=AlertKind.FAILED,
    severity=Severity.ERROR,
    key=f"{RUN}/9/failed",
    run=RUN,
    title="toy failed",
    text="a: exited with 1",
    advice="Look",
    command="nightjar status",
)
SECRETS = ("T0TEAM", "B0BOT", "very-secret-token", "also-secret")
QUICK = timedelta(milliseconds=1)
REDIRECT = Answer(status=302, headers={"Location": "http://127.0.0.1:1/"})


def send(
    address: str, *, budget: timedelta = timedelta(seconds=60), silence: timedelta = timedelta(seconds=30)
) -> None:
    """Send the alert once, with waits that no test notices."""
    webhook = Webhook(address, budget=budget, first_wait=QUICK, silence=silence)
    webhook.send(ALERT, stopping=threading.Event())


def fails(kind: type[Undelivered], call: Callable[[], None]) -> str:
    """The call raises this, and neither it nor its traceback nor what it came from holds a part of the address."""
    with pytest.raises(kind) as raised:
        call()
    whole = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + repr(raised.value.__context__)
    assert [secret for secret in SECRETS if secret in whole] == []
    return str(raised.value)


def test_an_alert_is_one_post_of_slacks_json() -> None:
    """To the whole address, with the key as a header, so that a receiver can tell a repetition."""
    with Receiver() as receiver:
        send(receiver.address)
        (request,) = receiver.requests
    assert request.path == SECRET_PATH
    assert (request.headers["idempotency-key"], request.headers["content-type"]) == (ALERT.key, "application/json")
    assert json.loads(request.body) == slack.message(ALERT)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 599])
def test_what_may_pass_is_tried_again(status: int) -> None:
    """Each try carries the same key and the same body."""
    with Receiver([Answer(status=status), Answer(status=status), Answer()]) as receiver:
        send(receiver.address)
        assert receiver.keys == [ALERT.key] * 3
        assert len({request.body for request in receiver.requests}) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (REDIRECT, Closed),
        *((Answer(status=status), Closed) for status in (401, 403, 404, 410)),
        *((Answer(status=status), Refused) for status in (400, 413, 422)),
    ],
)
def test_what_will_not_pass_is_tried_once(answer: Answer, kind: type[Undelivered]) -> None:
    """A wrong address and a refused message end at once, and a redirect is not followed."""
    with Receiver([answer]) as receiver:
        assert str(answer.status) in fails(kind, lambda: send(receiver.address))
        assert len(receiver.requests) == 1


def test_a_receiver_that_asks_to_wait_is_not_asked_sooner() -> None:
    """A wait that is longer than the whole budget ends the tries at once."""
    busy = Answer(status=429, headers={"Retry-After": "3600"})
    with Receiver([busy]) as receiver:
        assert fails(NotNow, lambda: send(receiver.address)) == "answered 429: ok"
        assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "0"},
        {"Retry-After": "Thu, 01 Feb 2018 05:00:00 GMT", "Date": "Thu, 01 Feb 2018 05:00:00 GMT"},
        {"Retry-After": "soon"},
    ],
)
def test_a_short_or_unreadable_wait_is_taken_as_it_is(headers: dict[str, str]) -> None:
    """Seconds and dates are understood, anything else is passed over."""
    with Receiver([Answer(status=503, headers=headers), Answer()]) as receiver:
        send(receiver.address)
        assert len(receiver.requests) == 2


def test_a_receiver_that_hangs_ends_in_the_budget() -> None:
    """Silence is limited, and so are the tries."""
    with Receiver([Answer(hangs=True)]) as receiver:
        words = fails(NotNow, lambda: send(receiver.address, budget=QUICK, silence=timedelta(milliseconds=50)))
        assert words.startswith("ReadTimeout")


def test_a_receiver_that_is_not_there_is_told_without_its_address() -> None:
    """A refused connection is worth another try, and gives no address away."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}{SECRET_PATH}"
        assert fails(NotNow, lambda: send(address, budget=QUICK)).startswith("ConnectError")


def test_a_stop_ends_the_tries() -> None:
    """Whoever stops the process does not wait for the budget."""
    stopping = threading.Event()
    stopping.set()
    with Receiver([Answer(status=500)]) as receiver:
        webhook = Webhook(receiver.address, first_wait=timedelta(hours=1))
        fails(NotNow, lambda: webhook.send(ALERT, stopping=stopping))
        assert len(receiver.requests) == 1


def test_what_a_receiver_echoes_is_scrubbed() -> None:
    """A receiver that repeats the address in its answer does not bring it into our log."""
    echo = f"no such hook: {SECRET_PATH}\n\x1b[31m token=very-secret-token".encode()
    with Receiver([Answer(status=404, body=echo)]) as receiver:
        assert fails(Closed, lambda: send(receiver.address)) == "answered 404: no such hook: … [31m token=…"


def test_the_address_is_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    """Not even in what the HTTP client logs when everything is logged."""
    with caplog.at_level(logging.DEBUG), Receiver([Answer(status=500), Answer()]) as receiver:
        send(receiver.address)
        shown = caplog.text + repr([(record.msg, record.args) for record in caplog.records])
        shown += repr(Webhook(receiver.address))
    assert "HTTP Request" in caplog.text
    assert [secret for secret in SECRETS if secret in shown] == []


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://hooks.example/services/T/B/x?y=z", ""),
        ("http://127.0.0.1:8080/x", ""),
        ("http://[::1]/x", ""),
        ("http://localhost/x", ""),
        ("http://hooks.example/x", "does not begin with https://"),
        ("http://10.0.0.1/x", "does not begin with https://"),
        ("ftp://hooks.example/x", "does not begin with https://"),
        ("hooks.example/x", "does not begin with https://"),
        ("https:///x", "does not begin with https://"),
        ("https://hooks.example:99999/x", "is no address"),
        ("https://[::1/x", "is no address"),
        ("https://a:b@hooks.example/x", "has more than host, port, path and query"),
        ("https://hooks.example/x#y", "has more than host, port, path and query"),
        ("https://hooks.example/x y", "holds a blank or another character that no address has"),
        ("https://hooks.example/x\ny", "holds a blank or another character that no address has"),
        ("https://höoks.example/x", "holds a blank or another character that no address has"),
    ],
)
def test_only_addresses_that_keep_the_secret_are_taken(address: str, says: str) -> None:
    """https, or http to this machine; what is wrong is told without the value."""
    assert problem(address) == says


@pytest.mark.parametrize("bodies", [(b"",), (b"\xff\xfe" * 5_000,), (b"x" * 100_000,)])
def test_whatever_a_receiver_answers_is_short(bodies: Sequence[bytes]) -> None:
    """A reason is a line."""
    with Receiver([Answer(status=400, body=bodies[0])]) as receiver:
        words = fails(Refused, lambda: send(receiver.address))
    assert len(words) <= 220
    assert words.isprintable()
