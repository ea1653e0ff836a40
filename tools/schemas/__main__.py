"""`./bazelw run //tools/schemas`: writes pipeline.schema.json and deploy/release.schema.json from the grammars.

A test in //tests/repo says when the committed files differ from what this would write.
"""

from __future__ import annotations

import os
import pathlib
import sys

from orchestrator.core import release
from orchestrator.core.spec import schema


def main(root: pathlib.Path) -> int:
    """Write both files below `root`."""
    texts = {"pipeline.schema.json": schema.pipeline_schema(), "deploy/release.schema.json": release.schema()}
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
        print(f"Wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))))
