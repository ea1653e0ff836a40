"""Reads a step's environment variables and collects every problem instead of stopping at the first.

A reader of settings takes an Environment and returns a frozen value. What `read` returns after a problem is never
used, because whoever made the Environment calls `check` before the value goes anywhere. Secrets are read by `secret`:
their values are shown in no message and stay out of `public`, the record that an attempt's claim keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from steps.kit.errors import Misconfigured


class Environment:
    """One reading of the environment: values asked for so far, and what was wrong with them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._problems: list[str] = []
        self._public: dict[str, str] = {}

    @property
    def public(self) -> Mapping[str, str]:
        """What was read, by name, without secrets."""
        return dict(self._public)

    def read[T](self, name: str, parse: Callable[[str], T], *, remedy: str, default: str | None = None) -> T:
        """The parsed value; `parse` raises ValueError with the rest of a sentence that starts with the value."""
        text = self._values.get(name) or default
        if text is None:
            return self._problem(f"{name} is not set: {remedy}", parse)
        self._public[name] = text
        try:
            return parse(text)
        except ValueError as error:
            return self._problem(f"{name}={text!r} {error}: {remedy}", parse)

    def secret[T](self, name: str, parse: Callable[[str], T], *, remedy: str) -> T:
        """Like `read`, for a value that must not be shown; nor may `parse` put it into its message."""
        text = self._values.get(name)
        if not text:
            return self._problem(f"{name} is not set: {remedy}", parse)
        try:
            return parse(text)
        except ValueError as error:
            return self._problem(f"{name} (a secret, not shown) {error}: {remedy}", parse)

    def require(self, condition: object, problem: str) -> None:
        """Record a problem that only several values together show."""
        if not condition:
            self._problems.append(problem)

    def check(self) -> None:
        """Raise Misconfigured with all problems, if there are any."""
        if self._problems:
            raise Misconfigured.listing(self._problems)

    @property
    def sound(self) -> bool:
        """Whether nothing has been wrong so far."""
        return not self._problems

    def _problem[T](self, text: str, _parse: Callable[[str], T]) -> T:
        self._problems.append(text)
        return cast("T", None)
