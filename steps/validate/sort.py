"""Sorts a day's features into valid and quarantined ones: nothing is lost, nothing counts twice. Pure.

Events in = valid + quarantined, always. Of several versions of one event the one that the service updated last is
valid, the others are set aside as superseded; a superseded version is no fault and does not count towards the limit.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from steps.kit import codec
from steps.validate.check import Day, check
from steps.validate.event import Event, Quarantined

SUPERSEDED: Final = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A day's events by time and id; what was set aside by reason and content."""

    valid: tuple[Event, ...]
    quarantined: tuple[Quarantined, ...]

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many were set aside for each reason, by reason."""
        return dict(sorted(Counter(entry.reason for entry in self.quarantined).items()))


def sort(features: Iterable[Any], day: Day) -> Checked:
    """Check every feature of the day."""
    results = [(feature, check(feature, day)) for feature in features]
    wrong = [result for _, result in results if isinstance(result, Quarantined)]
    versions = [(feature, result) for feature, result in results if isinstance(result, Event)]
    valid, superseded = _newest(versions)
    return Checked(
        valid=tuple(sorted(valid, key=lambda event: (event.time, event.id))),
        quarantined=tuple(sorted([*wrong, *superseded], key=lambda entry: codec.encode(entry.as_json()))),
    )


def _newest(versions: list[tuple[Any, Event]]) -> tuple[list[Event], list[Quarantined]]:
    ordered = sorted(versions, key=lambda pair: (pair[1].id, pair[1].updated, codec.encode(pair[0])))
    valid, superseded = [], []
    for identity, group in itertools.groupby(ordered, key=lambda pair: pair[1].id):
        *older, (_, newest) = group
        valid.append(newest)
        superseded += [
            Quarantined(
                reason=SUPERSEDED, detail=f"Another version of {identity} is newer or the same.", feature=feature
            )
            for feature, _ in older
        ]
    return valid, superseded
