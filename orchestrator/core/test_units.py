from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.units import UnitError, duration, memory_mib, show_duration, show_memory


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("36h", 129_600), ("1h30m", 5_400), ("2d", 172_800), ("1d2h3m4s", 93_784), ("0s", 0)],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    """Days, hours, minutes and seconds, the greatest first."""
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("600", "Write 600s or 600m."),
        ("10 min", "Write 10m."),
        ("2 Hours", "Write 2h."),
        ("1h 30min", "Write 1h30m."),
        ("1:30", "Write 1h30m or 1m30s."),
        ("500ms", "Write for example 90s, 10m, 36h or 1h30m."),
        ("30m1h", "Write for example 90s, 10m, 36h or 1h30m."),
        ("1.5h", "Write for example 90s, 10m, 36h or 1h30m."),
        ("-1s", "Write for example 90s, 10m, 36h or 1h30m."),
        ("", "Write for example 90s, 10m, 36h or 1h30m."),
        ("\u0661s", "Write for example 90s, 10m, 36h or 1h30m."),
        ("9" * 5000 + "s", "Write for example 90s, 10m, 36h or 1h30m."),
        ("9" * 10 + "s", "Write for example 36h."),
    ],
)
def test_what_is_no_duration_says_what_was_meant(text: str, remedy: str) -> None:
    """The remedy is the text in the right form where that can be guessed."""
    with pytest.raises(UnitError) as caught:
        duration(text)
    assert caught.value.remedy == remedy


@settings(deadline=None)
@given(st.integers(0, 400 * 86_400))
def test_a_shown_duration_reads_back(seconds: int) -> None:
    """`show_duration` writes what `duration` reads."""
    assert duration(show_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("text", "mib"), [("512Mi", 512), ("2Gi", 2048), ("1536Mi", 1536)])
def test_memory_is_read(text: str, mib: int) -> None:
    """Both units give MiB."""
    assert memory_mib(text) == mib


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("512", "Write 512Mi."),
        ("512MB", "Write 512Mi."),
        ("2 gb", "Write 2Gi."),
        ("2G", "Write 2Gi."),
        ("0Mi", "Write for example 512Mi or 2Gi."),
        ("1.5Gi", "Write for example 512Mi or 2Gi."),
        ("9999999999Gi", "Write for example 512Mi or 2Gi."),
        ("much", "Write for example 512Mi or 2Gi."),
    ],
)
def test_what_is_no_memory_says_what_was_meant(text: str, remedy: str) -> None:
    """Megabytes are not guessed to be mebibytes, they are asked about."""
    with pytest.raises(UnitError) as caught:
        memory_mib(text)
    assert caught.value.remedy == remedy


@settings(deadline=None)
@given(st.integers(1, 1 << 20))
def test_shown_memory_reads_back(mib: int) -> None:
    """`show_memory` writes what `memory_mib` reads."""
    assert memory_mib(show_memory(mib)) == mib
