"""Pages by the name of their day, each made once and read as a browser reads it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from steps.report.inputs import Day
from steps.report.report import compose
from tests.pages.days import cases
from tests.pages.document import Element, read


@dataclass(frozen=True, slots=True)
class Page:
    """A day, its page, and the page as a browser reads it."""

    day: Day
    text: str
    root: Element


@functools.cache
def make(name: str) -> Page:
    """The page of a case."""
    day = cases()[name].read()
    text = compose(day)
    return Page(day, text, read(text))
