"""Reads a page as a browser would, far enough to count, to find what it would load, and to see what a text has become.

The parser is the standard library's HTML parser, which forgives as browsers do: markup that a hostile text smuggled in
would show up here as elements.
"""

from __future__ import annotations

import html.parser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

VOID: Final = frozenset({"br", "col", "hr", "link", "meta", "wbr"})


@dataclass(slots=True)
class Element:
    """An element, its attributes, and in order what is in it."""

    name: str
    attributes: Mapping[str, str]
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """The element and all elements in it, in the document's order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, name: str, **attributes: str) -> list[Element]:
        """Elements of a name with these attributes; `class_` is class, `data_count` is data-count."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            element for element in self.walk() if element.name == name and wanted.items() <= element.attributes.items()
        ]

    def one(self, name: str, **attributes: str) -> Element:
        """The only such element."""
        (element,) = self.all(name, **attributes)
        return element

    @property
    def words(self) -> str:
        """The text in the element."""
        return "".join(child if isinstance(child, str) else child.words for child in self.children)


class _Builder(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document", {})
        self.problems: list[str] = []
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.problems.append(f"<{tag}> at {self.getpos()} states an attribute twice")
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1].name != tag:
            self.problems.append(f"</{tag}> at {self.getpos()} ends <{self._open[-1].name}>")
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        self.problems.append(f"a comment at {self.getpos()}: {data[:40]}")

    def handle_pi(self, data: str) -> None:
        self.problems.append(f"a processing instruction at {self.getpos()}: {data[:40]}")


def read(page: str) -> Element:
    """The document, or ValueError that lists elements that are not closed in order, comments and the like."""
    builder = _Builder()
    builder.feed(page)
    builder.close()
    if builder.problems:
        raise ValueError("\n".join(builder.problems))
    return builder.root
