"""docs/iam.md from plans that are made here: with the pipeline's own steps, prod's values, and CI switched on.

`./bazelw run //terraform:rights` writes it; `--check` compares, as the checks do.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
import tempfile
from typing import Any, Final

from terraform.checks import places, plans, program, rights
from terraform.checks.program import Terraform, TerraformError
from terraform.checks.rights import Names

PAGE: Final = places.REPOSITORY / "docs/iam.md"
_CI: Final = '{"owner_id":"1","repository_id":"2","environment":"prod"}'


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is as it should be."""
    parser = argparse.ArgumentParser(prog="rights", description="Writes docs/iam.md from the plans of Terraform.")
    parser.add_argument("--check", action="store_true", help="compare instead, and exit 1 if they differ")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            terraform = Terraform.find(pathlib.Path(folder) / "plugins")
            tree = program.copy(places.SOURCES, pathlib.Path(folder) / "terraform")
            for name in ("environments/prod", "foundation"):
                terraform.begin(tree / name)
            text = page(terraform, tree)
    except TerraformError as err:
        print(err, file=sys.stderr)
        return 78
    if options.check:
        return int(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    print(PAGE)
    return 0


def page(terraform: Terraform, tree: pathlib.Path) -> str:
    """The page as it should be, by plans in a copy of the folder in which prod and foundation are begun."""
    release = places.release()
    values = [f"-var=release_file={places.write(tree, release)}", f"-var=ci={_CI}"]
    made = terraform.plans(
        {
            "environment": (tree / "environments/prod", values),
            "foundation": (tree / "foundation", foundation_values(tree, "prod")),
        }
    )
    environment, before = made["environment"], made["foundation"]
    names = _names(environment, release)
    return rights.page(rights.rights(environment, names), rights.rights(before, names), rights.roles(before), names)


def foundation_values(tree: pathlib.Path, environment: str) -> list[str]:
    """What the foundation takes of an environment's values; with CI, and with the repository in this project."""
    values = json.loads((tree / f"environments/{environment}/terraform.tfvars.json").read_text(encoding="utf-8"))
    values["repository"] = f"us-east4-docker.pkg.dev/{values['project']}/nightjar"
    wanted = ("project", "region", "repository", "state_bucket", "releases_bucket")
    return [*(f"-var={name}={values[name]}" for name in wanted), f"-var=ci={_CI}"]


def _names(plan: dict[str, Any], release: dict[str, Any]) -> Names:
    return Names(
        identities={address: who for who, address in plans.outputs(plan)["identities"].items()},
        steps=frozenset(step["name"] for step in release["pipeline"]["steps"]),
        pipeline=release["pipeline"]["name"],
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
