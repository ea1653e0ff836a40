"""The frames of the page: a section with its heading and sentence, a chart with its numbers, a table.

Each chart brings its numbers as a table, so that nothing is told by a picture alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steps.report.markup import Attribute, Html, join, tag


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers stand flush right."""

    name: str
    numeric: bool = False


type Cell = str
type Row = Sequence[Cell]


def section(identity: str, heading: str, *children: str | None, wide: bool = False, **attributes: Attribute) -> Html:
    """A part of the page with its own heading; `data_count` and the like let a test read what it claims to show."""
    title = tag("h2", heading, id=f"{identity}-title")
    return tag(
        "section",
        title,
        *children,
        id=identity,
        class_="wide" if wide else None,
        aria_labelledby=f"{identity}-title",
        **attributes,
    )


def figure(picture: Html, note: str | None, numbers: Html) -> Html:
    """A chart, what to know when reading it, and its numbers behind a summary that opens without a script."""
    caption = tag("figcaption", note) if note else None
    return join((tag("figure", picture, caption), tag("details", tag("summary", "The numbers as a table"), numbers)))


def table(caption: str, columns: Sequence[Column], rows: Iterable[Row], *, hidden: bool = False) -> Html:
    """A table whose first column names the row. It scrolls sideways on a narrow screen, by keyboard as well.

    `hidden` keeps the caption for those who do not see that the heading above says the same.
    """
    head = tag("tr", *(tag("th", column.name, scope="col", class_=_class(column)) for column in columns))
    body = (tag("tr", *_cells(columns, row)) for row in rows)
    inner = tag(
        "table",
        tag("caption", caption, class_="unseen" if hidden else None),
        tag("thead", head),
        tag("tbody", *body),
    )
    return tag("div", inner, class_="scroll", tabindex=0, role="region", aria_label=caption)


def isolated(words: str) -> Html:
    """A text of the catalogue: its direction must not turn the words around it."""
    return tag("bdi", words)


def _cells(columns: Sequence[Column], row: Row) -> Iterable[Html]:
    for index, (column, cell) in enumerate(zip(columns, row, strict=True)):
        if index == 0:
            yield tag("th", cell, scope="row", class_=_class(column))
        else:
            yield tag("td", cell, class_=_class(column))


def _class(column: Column) -> str | None:
    return "number" if column.numeric else None
