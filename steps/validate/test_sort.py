from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.validate.examples import DAY, START, changed
from steps.validate.limit import parse_share, refusal
from steps.validate.sort import sort


def version(identity: str, *, updated: int, magnitude: float = 1.0) -> dict[str, Any]:
    feature = changed("id", identity)
    feature["properties"] |= {"updated": updated, "mag": magnitude}
    return feature


features = st.lists(
    st.builds(version, st.sampled_from("abcd"), updated=st.integers(0, 3), magnitude=st.sampled_from([1.0, 2.0, 99.0])),
    max_size=20,
)


@given(features, st.randoms())
def test_nothing_is_lost_and_order_does_not_matter(given_features: list[Any], shuffler: random.Random) -> None:
    """Events in = valid + quarantined, ids are unique, and the same events in another order give the same result."""
    result = sort(given_features, DAY)
    assert len(result.valid) + len(result.quarantined) == len(given_features)
    assert len({event.id for event in result.valid}) == len(result.valid)
    shuffled = list(given_features)
    shuffler.shuffle(shuffled)
    assert [e.as_json() for e in sort(shuffled, DAY).valid] == [e.as_json() for e in result.valid]
    assert [q.as_json() for q in sort(shuffled, DAY).quarantined] == [q.as_json() for q in result.quarantined]


def test_the_newest_version_of_an_event_counts() -> None:
    """Whichever comes first, the one that was updated last is valid and the other is superseded."""
    old, new = version("a", updated=1, magnitude=1.0), version("a", updated=2, magnitude=2.0)
    for order in ([old, new], [new, old]):
        result = sort(order, DAY)
        assert [event.magnitude for event in result.valid] == [2.0]
        assert result.reasons == {"superseded": 1}


def test_events_come_by_time_and_id() -> None:
    """Readers and digests rely on one order."""
    late, b, a = version("z", updated=1), version("b", updated=1), version("a", updated=1)
    late["properties"]["time"] = START + 9000
    assert [event.id for event in sort([late, b, a], DAY).valid] == ["a", "b", "z"]


def day(*, valid: int, wrong: int, superseded: int = 0) -> list[dict[str, Any]]:
    return [
        *(version(f"v{number}", updated=1) for number in range(valid)),
        *(version("v0", updated=0, magnitude=number / 100) for number in range(superseded)),
        *(version(f"w{number}", updated=1, magnitude=99.0) for number in range(wrong)),
    ]


@pytest.mark.parametrize(
    ("valid", "wrong", "superseded", "limit", "passes"),
    [
        (95, 5, 0, 0.05, True),
        (94, 6, 0, 0.05, False),
        (0, 0, 0, 0.0, True),
        (99, 1, 0, 0.0, False),
        (0, 3, 0, 1.0, True),
        (10, 0, 50, 0.0, True),
    ],
)
def test_a_day_passes_up_to_its_limit(valid: int, wrong: int, superseded: int, limit: float, *, passes: bool) -> None:
    """The limit itself still passes; superseded versions are no fault."""
    checked = sort(day(valid=valid, wrong=wrong, superseded=superseded), DAY)
    assert (refusal(checked, limit) is None) is passes


def test_a_refusal_says_how_many_why_and_what_to_do() -> None:
    """The message is all that a person sees first."""
    text = refusal(sort(day(valid=1, wrong=3), DAY), 0.05)
    assert text is not None
    for part in ("3 of 4 events are wrong", "75.0%", "allows 5.0%", "bad_magnitude 3", "99", "raise QUARANTINE_LIMIT"):
        assert part in text


@pytest.mark.parametrize("text", ["", "x", "-0.1", "1.1", "nan", "inf"])
def test_what_is_no_share_is_refused(text: str) -> None:
    """A share is a number from 0 to 1."""
    with pytest.raises(ValueError, match=r"^is not"):
        parse_share(text)
