"""Where the checks find things: the repository, the pipeline's own release with made-up digests, changed copies of it.

The digests stand for any: what Terraform makes of a release does not depend on what is in the images.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import pathlib
from typing import Any, Final

REPOSITORY: Final = pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", ".")).absolute()
SOURCES: Final = REPOSITORY / "terraform"
ENVIRONMENTS: Final = ("dev", "prod")
MODULES: Final = tuple(sorted(path.name for path in (SOURCES / "modules").iterdir() if path.is_dir()))
ROOTS: Final = (*(f"environments/{name}" for name in ENVIRONMENTS), "foundation")

_PIPELINE: Final = pathlib.Path(os.environ.get("RESOLVED_PIPELINE", "resolved_pipeline.json"))
_IMAGES: Final = "us-east4-docker.pkg.dev/nightjar-test/nightjar"


def release() -> dict[str, Any]:
    """The pipeline of this repository as a release."""
    pipeline: dict[str, Any] = json.loads(_PIPELINE.read_text(encoding="utf-8"))
    return {
        "format": 1,
        "revision": "0123456789abcdef0123456789abcdef01234567",
        "dirty": False,
        "locks": {},
        "pipeline": pipeline,
        "images": {step["name"]: image(step["name"]) for step in pipeline["steps"]},
        "orchestrator": image("orchestrator"),
    }


def image(name: str, *, content: str = "") -> dict[str, Any]:
    """An image of a registry, whose digest is made from its name and content."""
    digest = f"sha256:{hashlib.sha256((name + content).encode()).hexdigest()}"
    return {"ref": f"{_IMAGES}/{name}@{digest}", "digest": digest, "command": []}


def with_step(name: str) -> dict[str, Any]:
    """The release with one more step."""
    more = release()
    step = copy.deepcopy(more["pipeline"]["steps"][0])
    more["pipeline"]["steps"].append(step | {"name": name, "secrets": {}})
    more["images"][name] = image(name)
    return more


def with_changes(*, memory: str, code: str) -> dict[str, Any]:
    """The release with more memory for one step, and another image for another."""
    changed = release()
    for step in changed["pipeline"]["steps"]:
        if step["name"] == memory:
            step["memory_mib"] *= 2
    changed["images"][code] = image(code, content="changed")
    return changed


def write(folder: pathlib.Path, text: dict[str, Any], name: str = "release.json") -> pathlib.Path:
    """The release as a file."""
    path = folder / name
    path.write_text(json.dumps(text, sort_keys=True), encoding="utf-8")
    return path
