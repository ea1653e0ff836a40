"""The JSON Schemas that ship beside the files, for editors; made from the grammars that the readers use.

`pipeline.schema.json` and `deploy/release.schema.json` hold this text; `./bazelw run //tools/schemas` writes them and
`//tests/repo` says when they differ. What several keys say together is not in a schema: `nightjar validate` checks it.
"""

from __future__ import annotations

import json
from typing import Any

from orchestrator.core.spec.grammar import PIPELINE

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def pipeline_schema() -> str:
    """The text of pipeline.schema.json."""
    return schema_text(
        "nightjar pipeline",
        "The one file that people write: what is run, in which order, with which limits.",
        PIPELINE.schema(),
    )


def schema_text(title: str, description: str, schema: dict[str, Any]) -> str:
    """A schema document as it is committed."""
    document = {"$schema": DIALECT, "title": title, "description": description, **schema}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
