"""`./bazelw run //tests/faults` writes docs/faults.md from what happens now."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.faults import drive, table


def main() -> int:
    """Drive every case and write the page."""
    page = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."), "docs", "faults.md")
    with tempfile.TemporaryDirectory() as folder:
        page.write_text(table.render(drive.results(Path(folder))), encoding="utf-8")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
