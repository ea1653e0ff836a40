from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from orchestrator.alerts.addresses import lookup, open_alerts
from orchestrator.core.model import AlertKind, AlertRule
from orchestrator.core.states import fold
from orchestrator.testing import build
from orchestrator.testing.build import RUN
from orchestrator.testing.days import FAILS, PIPELINE
from orchestrator.testing.fakes import FakeClock
from orchestrator.testing.memory import MemoryStore
from orchestrator.testing.receiver import Receiver

RULE = AlertRule(tell=(AlertKind.FAILED, AlertKind.LATE), webhook="on-call")
PATIENCE = timedelta(seconds=60)


@pytest.mark.parametrize(
    ("secrets", "environ", "value"),
    [
        ({"on-call": "a"}, {"NIGHTJAR_SECRET_ON_CALL": "b"}, "a"),
        ({}, {"NIGHTJAR_SECRET_ON_CALL": "b\n"}, "b"),
        ({"on-call": ""}, {"NIGHTJAR_SECRET_ON_CALL": " "}, ""),
        ({"other": "a"}, {}, ""),
    ],
)
def test_a_secret_is_the_files_or_the_variables(secrets: dict[str, str], environ: dict[str, str], value: str) -> None:
    """The environment file wins, blanks around a value are not part of it, and an empty one is none."""
    assert lookup("on-call", secrets=secrets, environ=environ) == value


def test_a_secret_that_is_not_set_is_told_once_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The other webhooks are told all the same."""
    store, log = MemoryStore(FakeClock()), build.log(PIPELINE, *FAILS)
    store.logs[RUN] = list(log)
    with Receiver() as receiver:
        rules = (RULE, AlertRule(tell=(AlertKind.FAILED,), webhook="team"))
        alerts = open_alerts(rules, secrets={"team": receiver.address}, environ={}, store=store)
        alerts.committed(log, fold(log))
        assert alerts.close(PATIENCE) == ()
        assert receiver.keys == [f"{RUN}/11/failed"]
    (record,) = (record for record in caplog.records if record.name != "httpx")
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        "alerts go nowhere: the secret on-call is not set, nobody is told of failed, late; "
        'add it under "secrets" of the environment file, or set NIGHTJAR_SECRET_ON_CALL'
    )


def test_a_secret_that_is_no_address_is_an_error_without_its_value(caplog: pytest.LogCaptureFixture) -> None:
    """It is told where an operator looks, and the day goes on."""
    alerts = open_alerts(
        [RULE], secrets={"on-call": "http://h.example/token"}, environ={}, store=MemoryStore(FakeClock())
    )
    assert alerts.close(PATIENCE) == ()
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == (
        "alerts go nowhere: the secret on-call does not begin with https://: store the webhook's address"
    )
