"""YAML to a tree with places, in bounded time whatever the text is. It never constructs an object from a tag.

PyYAML's parser gives the events; what YAML 1.1 has beyond plain data is refused rather than bounded: anchors, aliases
and merge keys (`defaults` is for that), tags, several documents, keys that are no text. So nothing can multiply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from orchestrator.core.problems import Enough, Findings, Place, quote
from orchestrator.core.spec.tree import Broken, Entry, Mapping, Node, Scalar, Sequence, Type

MOST_CHARACTERS: Final = 512 * 1024
MOST_DEPTH: Final = 16

_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_TAB_INDENT: Final = re.compile(r"^ *\t\s*\S", re.MULTILINE)
_TYPES: Final = {
    "str": Type.TEXT,
    "int": Type.NUMBER,
    "float": Type.NUMBER,
    "bool": Type.TRUTH,
    "null": Type.NOTHING,
    "timestamp": Type.DATE,
}
_REMEDIES: Final = (
    ("mapping values are not allowed", "Quote a text that holds ': ', and check the indentation."),
    ("could not find expected ':'", "Write each entry as 'key: value', with a space after the colon."),
    ("expected <block end>", "Start all keys of one mapping in the same column."),
    ("expected ',' or", "Close the bracket, or put a comma between the items."),
    ("unexpected end of stream", "Close the quote."),
    ("found unexpected document separator", "Close the quote."),
    ("that cannot start any token", "Quote the text."),
    ("expected alphabetic or numeric character", "Quote a text that starts with '*' or '&'."),
    ("unknown escape character", "Use single quotes for a text with backslashes."),
)


def parse(text: str, findings: Findings) -> Node:
    """The one document of the text. Raises Enough when nothing of it can be read; the findings then say why."""
    _check_characters(text, findings)
    reader = _Reader(text.removeprefix("\ufeff"), findings)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as err:
        raise _syntax_error(err, text, findings) from err
    except (ValueError, OverflowError) as err:  # PyYAML converts some escapes and directives without a check.
        raise findings.stop(reader.last, "An escape near here stands for no character.", "Write it plainly.") from err


def _check_characters(text: str, findings: Findings) -> None:
    start = Place(path="", line=1)
    if len(text) > MOST_CHARACTERS:
        message = f"The file has {len(text):,} characters; a pipeline ends at {MOST_CHARACTERS:,}."
        raise findings.stop(start, message, "Is this the right file?")
    if not text.removeprefix("\ufeff").strip():
        raise findings.stop(start, "The file is empty.", "Start with 'name:', 'schedule:' and 'steps:'.")
    bad = _UNPRINTABLE.search(text.removeprefix("\ufeff"))
    if bad is not None:
        place = Place(path="", line=len(text[: bad.start()].splitlines()) or 1)
        remedy = "Save the file as text in UTF-8, without control characters."
        raise findings.stop(place, f"The character {quote(bad.group())} is none that a text holds.", remedy)


def _syntax_error(err: yaml.MarkedYAMLError, text: str, findings: Findings) -> Enough:
    problem = err.problem or "it cannot be read"
    mark = err.problem_mark or err.context_mark
    tabs = [text.count("\n", 0, match.start()) + 1 for match in _TAB_INDENT.finditer(text)]
    if tabs:
        for line in tabs:
            findings.add(Place(path="", line=line, column=1), "A tab indents this line.", "Indent with spaces.")
        return Enough()
    place = _place(mark)
    remedy = next((remedy for fragment, remedy in _REMEDIES if fragment in problem), "")
    started = f", {err.context}" if err.context else ""
    if err.context_mark is not None and started and err.context_mark.line + 1 != place.line:
        started += f" from line {err.context_mark.line + 1}"
    return findings.stop(place, f"This is no YAML: {problem}{started}.", remedy)


def _place(mark: Any) -> Place:
    """The place of a parser's mark; a parser that is at the end of the text may have none."""
    return Place(path="") if mark is None else Place(path="", line=mark.line + 1, column=mark.column + 1)


class _Reader:
    """Builds the tree from the parser's events, one level of Python's stack for each level of the text."""

    def __init__(self, text: str, findings: Findings) -> None:
        self.last = Place(path="", line=1)
        self._findings = findings
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._resolver = yaml.SafeLoader("")

    def document(self) -> Node:
        """Read all events up to the end of the text."""
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise self._findings.stop(Place(path="", line=1), "The file holds comments only.", "Start with 'name:'.")
        node = self._node(self._next(), "", 0)
        self._next()
        if not isinstance(self._next(), yaml.StreamEndEvent):
            raise self._findings.stop(self.last, "A second document starts here.", "Keep one pipeline a file.")
        return node

    def _next(self) -> yaml.Event:
        event = next(self._events)
        self.last = _place(event.start_mark)
        return event

    def _node(self, event: yaml.Event, path: str, depth: int) -> Node:
        place = Place(path=path, line=self.last.line, column=self.last.column)
        if depth > MOST_DEPTH:
            raise self._findings.stop(
                place, f"This is nested more than {MOST_DEPTH} levels deep.", "Is a bracket open?"
            )
        match event:
            case yaml.ScalarEvent():
                self._refuse_extras(event, place)
                return Scalar(place=place, text=event.value, type=self._type(event))
            case yaml.SequenceStartEvent():
                self._refuse_extras(event, place)
                return self._sequence(place, depth)
            case yaml.MappingStartEvent():
                self._refuse_extras(event, place)
                return self._mapping(place, depth)
            case _:
                self._findings.add(place, "An alias is not read.", "Write the value out, or use 'defaults'.")
                return Broken(place=place)

    def _refuse_extras(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, place: Place) -> None:
        if event.anchor is not None:
            self._findings.add(place, f"The anchor '&{event.anchor[:60]}' is not read.", "Remove it.")
        if event.tag is not None:
            self._findings.add(place, f"The tag {quote(event.tag)} is not read.", "Write the value without a tag.")

    def _sequence(self, place: Place, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, f"{place.path}[{len(items)}]", depth + 1))
        return Sequence(place=place, items=tuple(items))

    def _mapping(self, place: Place, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, place, depth)
            value = self._node(self._next(), key.place.path if key else place.path, depth + 1)
            if key is not None and key.text in entries:
                first = entries[key.text].key.place.line
                message = f"{quote(key.text)} stands here twice, first on line {first}."
                self._findings.add(key.place, message, "Keep one of them.", value=key.text)
            elif key is not None:
                entries[key.text] = Entry(key=key, value=value)
        return Mapping(place=place, entries=entries)

    def _key(self, event: yaml.Event, parent: Place, depth: int) -> Scalar | None:
        node = self._node(event, parent.path, depth + 1)
        if isinstance(node, Broken):
            return None
        if not isinstance(node, Scalar):
            self._findings.add(node.place, "A list or a mapping stands as a key.", "Write a word.")
            return None
        if node.text == "<<" and node.type is Type.OTHER:
            self._findings.add(node.place, "The merge key '<<' is not read.", "Write the values out, or use defaults.")
            return None
        place = Place(path=parent.below(node.text), line=node.place.line, column=node.place.column)
        if node.type is not Type.TEXT:
            message = f"YAML reads the key {quote(node.text)} as {node.type}."
            self._findings.add(place, message, f'Quote it: "{node.text}".', value=node.text)
        return Scalar(place=place, text=node.text, type=Type.TEXT)

    def _type(self, event: yaml.ScalarEvent) -> Type:
        if not event.implicit[0]:
            return Type.TEXT
        tag: str = self._resolver.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]  # The stubs leave it out.
        return _TYPES.get(tag.rpartition(":")[2], Type.OTHER)
