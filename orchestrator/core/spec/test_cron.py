from __future__ import annotations

import pytest

from orchestrator.core.spec.cron import cron
from orchestrator.core.units import UnitError


@pytest.mark.parametrize(
    "text",
    ["1 0 * * *", "*/15 8-18/2 1,15 * MON-FRI", "0 0 29 2 *", "0 0 31 feb MON", "5/10 * * JAN,jul 7", "  1  0 * * 0 "],
)
def test_a_cron_expression_is_read(text: str) -> None:
    """Lists, ranges, steps and names; the fields end up one space apart."""
    assert cron(text) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 0 * *", "'1 0 * *' is no cron expression."),
        ("@daily", "'@daily' is no cron expression."),
        ("0 1 0 * * *", "'0 1 0 * * *' is no cron expression."),
        ("60 0 * * *", "'60' is no minute."),
        ("0 24 * * *", "'24' is no hour."),
        ("0 0 0 * *", "'0' is no day of the month."),
        ("0 0 * 13 *", "'13' is no month."),
        ("0 0 * * 8", "'8' is no day of the week."),
        ("0 0 * * MONDAY", "'MONDAY' is no day of the week."),
        ("9-5 0 * * *", "'9-5' is no minute."),
        ("*/0 0 * * *", "'*/0' is no minute."),
        ("1,,2 0 * * *", "'' is no minute."),
        ("? 0 * * *", "'?' is no minute."),
        ("0 0 31 2,4 *", "'0 0 31 2,4 *' never fires: no such month has that day."),
    ],
)
def test_what_is_no_cron_expression_names_the_field(text: str, message: str) -> None:
    """The field that cannot be read is named, and so is a date that no year has."""
    with pytest.raises(UnitError) as caught:
        cron(text)
    assert caught.value.message == message
