"""What a push shows: its progress in bytes while it goes on, and the table at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from deploy.pushing import Pushed, Watcher
from deploy.repository import Repository
from deploy.summary import size

_PIPED = 200
_SHOWN_DIGEST = 19


@contextmanager
def watcher() -> Iterator[Watcher]:
    """Who tells the progress on standard error: a bar in a terminal, else a line for each image."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bar(progress)


class Lines:
    """Progress for files and for programs."""

    def began(self, name: str, missing: int) -> None:
        """Say what is next."""
        print(f"push: {name}: {size(missing)} to send", file=sys.stderr, flush=True)

    def arrived(self, size: int) -> None:
        """Say nothing: a line for each blob would hide the others."""


@dataclass(slots=True)
class Bar:
    """Progress for people: a bar for each image that has something to send."""

    progress: Progress
    _task: TaskID = field(default=TaskID(0))

    def began(self, name: str, missing: int) -> None:
        """A new bar."""
        self._task = self.progress.add_task(name, total=missing)

    def arrived(self, size: int) -> None:
        """The bar grows."""
        self.progress.advance(self._task, size)


def table(rows: Sequence[Pushed], repository: Repository, *, dry: bool) -> None:
    """Print what became of each image; a pipe gets whole digests."""
    terminal = sys.stdout.isatty()
    shown = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    shown.add_column("image")
    shown.add_column("digest", no_wrap=True)
    for heading in ("size", "would upload" if dry else "uploaded", "would mount" if dry else "mounted", "seconds"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        digest = row.digest[:_SHOWN_DIGEST] if terminal else row.digest
        sizes = [size(count) for count in (row.size, row.uploaded, row.mounted)]
        shown.add_row(row.name, digest, *sizes, f"{row.seconds:.1f}")
    console = Console(highlight=False, width=None if terminal else _PIPED)
    console.print(f"{len(rows)} images in {repository}")
    console.print(shown)
    sent, seconds = sum(row.uploaded for row in rows), sum(row.seconds for row in rows)
    console.print(f"{size(sent)} {'to upload' if dry else 'uploaded'}, {seconds:.1f} s")
