"""What is wrong with a text that a person wrote: place, value and remedy of each problem, and how that is printed.

Readers add to `Findings` and go on, so that one reading reports everything. Nothing here knows what a pipeline is.
The readers are in `spec` (pipeline.yaml) and `release` (release.json).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from orchestrator.core.errors import ConfigurationError

MOST_PROBLEMS: Final = 100
"""More than this nobody reads; the limit also bounds the time that a hostile text can take."""
_SHOWN: Final = 80
_GUESSED: Final = 60
_EXCERPT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands: its path (`steps.load.needs[0]`) and, where people write, line and column from 1."""

    path: str
    line: int | None = None
    column: int | None = None

    def below(self, key: str) -> str:
        """Path of an entry of the mapping that stands here."""
        shown = key if key.replace("-", "").replace("_", "").isalnum() and len(key) <= _SHOWN else quote(key)
        return f"{self.path}.{shown}" if self.path else shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to change. `message` says what is wrong, `remedy` what to write instead; both are sentences."""

    path: str
    line: int | None
    column: int | None
    value: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.path}:" if self.path else "", self.message, self.remedy) if part)


class InputError(ConfigurationError):
    """A text of a person cannot be used. Its own text is ready to be printed: a block for each problem."""

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem], *, source: str, text: str = "") -> None:
        self.source = source
        lines = text.splitlines()
        found = tuple(problems)
        super().__init__(found)
        self.args = (
            "\n".join([*(_block(each, source=source, lines=lines) for each in found), *_total(found, source)]),
        )


class Enough(Exception):  # noqa: N818 - it ends a reading that has found enough; it is never seen outside.
    """Reading on would tell nobody anything new."""


@dataclass(slots=True)
class Findings:
    """The problems found so far. One too many, or one that makes the rest unreadable, ends the reading."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, place: Place, message: str, remedy: str = "", *, value: str = "") -> None:
        """Note a problem, once. Raises Enough at the limit."""
        problem = Problem(
            path=place.path, line=place.line, column=place.column, value=value, message=message, remedy=remedy
        )
        if problem not in self.problems:
            self.problems.append(problem)
        if len(self.problems) >= MOST_PROBLEMS:
            raise Enough

    def stop(self, place: Place, message: str, remedy: str = "") -> Enough:
        """Note a problem that leaves nothing to read on. To be raised by the caller."""
        self.add(place, message, remedy)
        return Enough()

    def in_order(self) -> tuple[Problem, ...]:
        """The problems from the top of the text to its end."""
        return tuple(sorted(self.problems, key=lambda each: (each.line or 0, each.column or 0)))


def quote(text: str) -> str:
    """A value as it is shown in a message: in quotes, printable, and short."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    import difflib  # noqa: PLC0415  (a mistake is no hurry, a start is)

    if len(word) > _GUESSED:
        return None
    found = difflib.get_close_matches(word.lower().replace("-", "_"), sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None


def hint(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a name that is not known: the nearest one, or those that there are."""
    names = tuple(known)
    meant = nearest(word, names)
    return f"did you mean {meant}?" if meant else f"it has {', '.join(names)}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy for a word that is not known: the nearest one, or the few there are."""
    words = sorted(known)
    meant = nearest(word, words)
    if meant is not None:
        return f"Did you mean {quote(meant)}?"
    return f"Known are: {', '.join(words[:20])}{', …' if len(words) > 20 else ''}." if words else ""  # noqa: PLR2004


def _block(problem: Problem, *, source: str, lines: list[str]) -> str:
    place = source if problem.line is None else f"{source}:{problem.line}"
    return "\n".join([f"{place}: {problem}", *_excerpt(problem, lines)])


def _excerpt(problem: Problem, lines: list[str]) -> list[str]:
    """The line of the text with a mark under the value."""
    if problem.line is None or problem.column is None or problem.line > len(lines):
        return []
    line, start = lines[problem.line - 1].expandtabs(1), problem.column - 1
    if start >= _EXCERPT or not line.isprintable():
        return []
    width = len(problem.value) if problem.value and line.startswith(problem.value, start) else 1
    margin, shown = f"{problem.line:>5}", line[:_EXCERPT]
    return [f"{margin} | {shown}", f"{' ' * len(margin)} | {' ' * start}{'^' * min(width, _EXCERPT - start)}"]


def _total(problems: tuple[Problem, ...], source: str) -> list[str]:
    if len(problems) >= MOST_PROBLEMS:
        return [f"{len(problems)} problems in {source}; reading stopped here."]
    return [f"{len(problems)} problems in {source}."] if len(problems) > 1 else []
