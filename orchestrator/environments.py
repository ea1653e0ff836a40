"""Where an environment is: the project and the region that its values name, in the repository that the user is in.

Terraform and `//deploy` read the same file, and check all of it. Only `nightjar --env` needs this; what is deployed
never does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orchestrator.core.errors import ConfigurationError

_FOLDER: Final = Path("terraform", "environments")
_FILE: Final = "terraform.tfvars.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One environment. `repository` is the folder whose pipeline it has."""

    project: str
    region: str
    repository: Path


def find(name: str, start: Path) -> Environment:
    """The environment of this name, in the repository that `start` is in. Raises ConfigurationError."""
    repository = next((each for each in (start, *start.parents) if (each / _FOLDER).is_dir()), None)
    if repository is None:
        raise ConfigurationError([f"{start} is in no repository with {_FOLDER}: go to the pipeline's repository"])
    path = repository / _FOLDER / name / _FILE
    try:
        content = json.loads(path.read_bytes())
    except OSError as err:
        known = ", ".join(sorted(each.parent.name for each in (repository / _FOLDER).glob(f"*/{_FILE}")))
        raise ConfigurationError(
            [f"--env: {name!r} is no environment ({path}: {err.strerror}); there are {known}"]
        ) from err
    except ValueError as err:
        raise ConfigurationError([f"{path} is no JSON: {err}"]) from err
    values = content if isinstance(content, dict) else {}
    if problems := [
        f'{path}: {key} is missing: write "{key}": "…"'
        for key in ("project", "region")
        if not isinstance(values.get(key), str) or not values[key]
    ]:
        raise ConfigurationError(problems)
    return Environment(project=values["project"], region=values["region"], repository=repository)
