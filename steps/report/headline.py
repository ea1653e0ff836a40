"""The top of the page: the day, its four figures, and what is unusual about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from steps.report.figures import isolated, section
from steps.report.inputs import Day, Event, Finding, Findings, Severity, Statistics
from steps.report.markup import Html, join, tag
from steps.report.wording import (
    comparison,
    count,
    counted,
    decimal,
    depth,
    energy,
    local_time,
    long_date,
    machine_time,
    magnitude,
    offset,
    place,
)

_FINDINGS_LIMIT: Final = 30
_TYPES_LIMIT: Final = 4
_MARKS: Final = {Severity.ALERT: "▲ Alert", Severity.NOTICE: "◆ Notice", Severity.INFO: "● Note"}
_NO_HISTORY: Final = "no_history"
"""The kind of the finding that says that nothing could be found."""
_ORDER: Final = list(Severity)


def headline(day: Day) -> Html:
    """The heading with the day and its figures."""
    statistics = day.statistics
    return tag(
        "header",
        tag("p", "The earth, day by day", class_="kicker"),
        tag(
            "h1",
            "Earthquakes on ",
            tag("time", long_date(statistics.logical_date), datetime=statistics.logical_date.isoformat()),
        ),
        tag("p", _standfirst(day), class_="standfirst"),
        tag("dl", *_figures(day), class_="figures"),
        id="headline",
        data_logical_date=statistics.logical_date.isoformat(),
        data_time_zone=statistics.zone.key,
        data_count=day.loaded,
        data_quarantined=statistics.quarantined,
    )


def _standfirst(day: Day) -> Html:
    statistics = day.statistics
    first, last = (offset(time, statistics.zone) for time in (statistics.start, statistics.end))
    clocks = first if first == last else f"{first}, from the change of clocks on {last}"
    span = f"from midnight to midnight in the time zone {statistics.zone.key} ({clocks})"
    types = _types(statistics)
    parts: list[str] = [
        f"The catalogue holds {counted(day.loaded, 'event')} {span}",
        *([": ", isolated(types)] if types else []),
        ". ",
    ]
    top = _largest(statistics)
    if top is not None:
        parts += ["The largest, of magnitude ", decimal(top.magnitude or 0.0), ", struck ", isolated(place(top))]
        parts += [
            f" at {local_time(top.time, statistics.zone)}, {depth(top.depth_km)} deep."
            if top.depth_km is not None
            else f" at {local_time(top.time, statistics.zone)}; its depth is unknown."
        ]
    return join(parts)


def _types(statistics: Statistics) -> str:
    """The kinds of events, when there is more than one."""
    ordered = sorted(
        ((n, name) for name, n in statistics.by_type.items() if n), key=lambda entry: (-entry[0], entry[1])
    )
    if len(ordered) < 2:  # noqa: PLR2004 - one kind needs no list
        return ""
    shown = [counted(n, name) for n, name in ordered[:_TYPES_LIMIT]]
    rest = sum(n for n, _ in ordered[_TYPES_LIMIT:])
    return ", ".join([*shown, *([f"{count(rest)} of other kinds"] if rest else [])])


def _largest(statistics: Statistics) -> Event | None:
    return next((event for event in statistics.largest if event.magnitude is not None), None)


def _figures(day: Day) -> Iterator[Html]:
    statistics = day.statistics
    top = _largest(statistics)
    yield _figure("events", "Events", count(day.loaded), "loaded into the database")
    yield _figure("quarantined", "Set aside", count(statistics.quarantined), "did not pass the checks")
    if top is None:
        yield _figure("strongest", "Largest", "none", "no event with a magnitude")
    else:
        time = tag("time", local_time(top.time, statistics.zone), datetime=machine_time(top.time))
        yield _figure("strongest", "Largest", magnitude(top.magnitude), join((isolated(place(top)), ", ", time)))
    words = comparison(statistics.energy_joules)
    note = f"{words}; radiated as seismic waves, a rough estimate" if words else "no earthquake with a magnitude"
    yield _figure("energy", "Energy", energy(statistics.energy_joules), note)


def _figure(identity: str, name: str, value: str, note: str) -> Html:
    return tag("div", tag("dt", name), tag("dd", value, class_="value"), tag("dd", note), id=f"figure-{identity}")


def unusual(findings: Findings) -> Html:
    """What detect found, alerts first, or that there is nothing unusual."""
    ordered = sorted(findings.findings, key=lambda finding: _ORDER.index(finding.severity))
    loud = [finding for finding in ordered if finding.severity is not Severity.INFO]
    more = len(ordered) - _FINDINGS_LIMIT
    items = (
        tag("ul", *(_item(finding) for finding in ordered[:_FINDINGS_LIMIT]), class_="findings") if ordered else None
    )
    return section(
        "unusual",
        "What is unusual today",
        None if loud else tag("p", _calm(findings), class_="lead"),
        items,
        tag("p", f"And {counted(more, 'more finding')}.") if more > 0 else None,
        wide=True,
        data_count=len(ordered),
        data_alerts=sum(finding.severity is Severity.ALERT for finding in ordered),
    )


def _calm(findings: Findings) -> str:
    if not findings.days_compared or any(finding.kind == _NO_HISTORY for finding in findings.findings):
        return "It cannot be told yet: there are too few earlier days to compare with."
    return f"Nothing unusual, compared with {counted(findings.days_compared, 'earlier day')}."


def _item(finding: Finding) -> Html:
    return tag(
        "li",
        tag("p", _MARKS[finding.severity], class_="mark"),
        tag("h3", isolated(finding.title)),
        tag("p", isolated(finding.detail)),
        class_=f"finding {finding.severity}",
        data_severity=finding.severity,
    )
