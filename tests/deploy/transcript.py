"""A deployment as it is shown to people: commands with what they print, as a page of docs that a test makes.

What differs from one recording to the next (ports, folders, digests, sizes, times) is kept as it was recorded, and
passed over when the page is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEAD = """\
# A deployment, from the first push to the way back

Nobody wrote these lines: `./bazelw run //tests/deploy:check -- --write` did, and without `--write` it compares them.
Registry, emulator of Cloud Run, Secret Manager and Terraform's state are on one machine.
`NIGHTJAR_LOCAL`, `NIGHTJAR_ENDPOINT` and `NIGHTJAR_SECRETS_ENDPOINT` lead there.
What each command is for is in [deploy.md](deploy.md).
"""
_TOLD_OF = re.compile(r"^(?:module|data)\.")
_OURS = re.compile(r"^\w+: release \d+ of ")
_VARYING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "DIGEST"),
    (re.compile(r"@[0-9a-f]{12}\b"), "@DIGEST"),
    (re.compile(r"-[0-9a-f]{12}\.json"), "-HASH.json"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:[kM]?B|s)\b"), "NUMBER"),
    (re.compile(r"\b\d+\.\d\b"), "NUMBER"),
    (re.compile(r"quakes-orchestrator-\w{5}\b"), "EXECUTION"),
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r" $", re.MULTILINE), ""),
)


@dataclass(slots=True)
class Transcript:
    """What was done, in its order, below headings."""

    folder: str
    """Where the place is, which is called /place."""
    parts: list[str] = field(default_factory=list)

    def heading(self, text: str) -> None:
        """Begin a part."""
        self.parts.append(f"\n## {text}\n")

    def command(self, words: str, output: str) -> None:
        """Note a command and what it printed."""
        text = re.sub(r"https?://\S+|(?<=its log: )file://\S+", "ADDRESS", output.replace(self.folder, "/place"))
        said = "\n".join(_shown(text.splitlines()))
        self.parts.append(f"\n```console\n$ {words}\n{said}\n```\n" if said else f"\n```console\n$ {words}\n```\n")

    def page(self) -> str:
        """The whole page."""
        return _HEAD + "".join(self.parts)


def comparable(page: str) -> str:
    """The page without what may differ."""
    for pattern, word in _VARYING:
        page = pattern.sub(word, page)
    return page


def _shown(lines: list[str]) -> Iterator[str]:
    """The lines without Terraform's account of each resource, whose order is by chance, and without its outputs."""
    outputs = False
    for line in lines:
        if line.startswith("Outputs:"):
            outputs = True
        elif _OURS.match(line):
            outputs = False
        if not outputs and _TOLD_OF.match(line) is None and line.strip():
            yield line.rstrip()
