"""An environment's values: `terraform/environments/ENV/terraform.tfvars.json`, which people write.

Terraform reads the same file. What these programs need of it is checked here, all problems at once; what only
Terraform needs, Terraform checks.
"""

from __future__ import annotations

import difflib
import json
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from deploy.errors import WrongInput

ENVIRONMENTS: Final = ("dev", "prod")


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What is deployed where. `source` is the file, as it is named to people."""

    source: str
    environment: str
    project: str
    region: str
    repository: str
    state_bucket: str
    releases_bucket: str

    @property
    def history(self) -> str:
        """Where the releases that were applied are kept."""
        return f"gs://{self.releases_bucket}/history"


_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_KEYS: Final = {
    "project": (
        re.compile(r"(?:[a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"),
        "the project's id as Google shows it, in lower case",
    ),
    "region": (re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?"), "a region such as us-east4"),
    "repository": (re.compile(r"\S+"), "where images are, such as us-east4-docker.pkg.dev/my-project/nightjar"),
    "state_bucket": (_BUCKET, "the name of the bucket of Terraform's state"),
    "releases_bucket": (_BUCKET, "the name of the bucket of releases"),
}


def read_values(workspace: pathlib.Path, environment: str) -> Values:
    """The values of an environment. Raises WrongInput with every problem."""
    source = f"terraform/environments/{environment}/terraform.tfvars.json"
    content = _content(workspace / source, source)
    if problems := [f"{source}: {problem}" for problem in _problems(content, environment)]:
        raise WrongInput.of(problems)
    return Values(source=source, environment=environment, **{key: content[key] for key in _KEYS})


def _content(path: pathlib.Path, source: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise WrongInput(f"{source} cannot be read: {error.strerror}. Write it, or name what it would say") from error
    except ValueError as error:
        raise WrongInput(f"{source} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise WrongInput(f'{source} is no JSON object: write {{"project": "…", "region": "…", "repository": "…"}}')
    return content


def _problems(content: dict[str, Any], environment: str) -> Iterator[str]:
    if (named := content.get("environment", environment)) != environment:
        yield f"environment: {named!r} is not the name of this folder: write {environment!r}"
    for key, (pattern, remedy) in _KEYS.items():
        value = content.get(key)
        if key not in content:
            meant = difflib.get_close_matches(key, content.keys() - _KEYS.keys(), n=1)
            instead = f"; is it meant by {meant[0]!r}?" if meant else ""
            yield f"{key} is missing: write {remedy}{instead}"
        elif not isinstance(value, str) or pattern.fullmatch(value) is None:
            yield f"{key}: {value!r} is not {remedy}"
