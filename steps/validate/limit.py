"""How much may be wrong with a day before nobody should rely on it. Pure."""

from __future__ import annotations

from steps.validate.sort import SUPERSEDED, Checked


def parse_share(text: str) -> float:
    """A share from 0 to 1. Raises ValueError that reads on from the text."""
    try:
        share = float(text)
    except ValueError as error:
        raise ValueError("is not a number") from error
    if not 0 <= share <= 1:
        raise ValueError("is not within 0 to 1")
    return share


def refusal(checked: Checked, limit: float) -> str | None:
    """Why the day cannot pass, or None when it can. Superseded versions are not held against it."""
    reasons = {reason: number for reason, number in checked.reasons.items() if reason != SUPERSEDED}
    wrong = sum(reasons.values())
    total = len(checked.valid) + wrong
    if wrong <= limit * total:
        return None
    counted = ", ".join(f"{reason} {number}" for reason, number in reasons.items())
    first = next(entry for entry in checked.quarantined if entry.reason != SUPERSEDED)
    return (
        f"{wrong} of {total} events are wrong ({wrong / total:.1%}, QUARANTINE_LIMIT allows {limit:.1%}): {counted}. "
        f"The first: {first.detail} Look at the events with `--date`, then mend the source or raise QUARANTINE_LIMIT."
    )
