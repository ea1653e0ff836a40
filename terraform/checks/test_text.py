"""What can be said of the files without Terraform: `./bazelw test //terraform/checks:test_text`."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import re

import pytest

ROOT = pathlib.Path(os.environ.get("SOURCES", "pyproject.toml")).parent / "terraform"
FILES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.tf"))}
MODULES = sorted(path.name for path in (ROOT / "modules").iterdir())
ENVIRONMENTS = sorted(path.name for path in (ROOT / "environments").iterdir())
CODE = ("main.tf", "outputs.tf", "variables.tf", "versions.tf", "tests/environment.tftest.hcl")


def blocks(text: str, kind: str) -> list[tuple[str, str]]:
    """The blocks of a kind at the beginning of a line, by their last label."""
    return re.findall(rf'^{kind} (?:"[^"]+" )?"([^"]+)" \{{\n(.*?)^\}}', text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", FILES)
def test_variables_and_outputs_say_what_they_are(name: str) -> None:
    """Every variable has a type and a description, every output a description."""
    wanted = {"variable": ("type", "description"), "output": ("description",)}
    missing = [
        f"{kind} {label}: {attribute}"
        for kind, attributes in wanted.items()
        for label, body in blocks(FILES[name], kind)
        for attribute in attributes
        if re.search(rf"^  {attribute} += ", body, re.MULTILINE) is None
    ]
    assert missing == []


def test_nothing_is_looked_up_in_the_cloud() -> None:
    """There is no `data` source: a plan depends on release and values alone."""
    assert [name for name, text in FILES.items() if re.search(r"^data ", text, re.MULTILINE)] == []


def test_an_environment_makes_nothing_itself() -> None:
    """Environments and the foundation put modules together; resources are in modules."""
    roots = [name for name in FILES if not name.startswith("modules/")]
    assert [name for name in roots if blocks(FILES[name], "resource")] == []


def test_the_catalog_needs_no_provider() -> None:
    """What decides can be tested anywhere."""
    catalog = "".join(text for name, text in FILES.items() if name.startswith("modules/catalog/"))
    assert "required_providers" not in catalog
    assert blocks(catalog, "resource") == []


def test_environments_differ_in_values_alone() -> None:
    """What worked in one environment is what the next one gets."""
    for file, (one, other) in itertools.product(CODE, itertools.pairwise(ENVIRONMENTS)):
        texts = [(ROOT / "environments" / name / file).read_text(encoding="utf-8") for name in (one, other)]
        assert texts[0] == texts[1], f"{file} of {one} and {other}"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environments_values_are_its_variables(name: str) -> None:
    """Every value in terraform.tfvars.json is one of a variable; Terraform would only warn of another."""
    folder = ROOT / "environments" / name
    values = json.loads((folder / "terraform.tfvars.json").read_text(encoding="utf-8"))
    declared = {label for label, _ in blocks((folder / "variables.tf").read_text(encoding="utf-8"), "variable")}
    assert values.keys() - declared == set()
    assert values["environment"] == name


def test_the_foundation_takes_values_of_environments() -> None:
    """What the foundation asks for an environment has, under the same name."""
    (foundation, environment) = (
        {label for label, _ in blocks(FILES[f"{root}/variables.tf"], "variable")}
        for root in ("foundation", "environments/prod")
    )
    assert foundation - environment == set()


def test_the_catalog_knows_the_roles_that_are_made() -> None:
    """A role that a grant names is one of modules/roles, and each of those is granted."""
    made = re.findall(r"^    (\w+) = \{$", FILES["modules/roles/roles.tf"], re.MULTILINE)
    (named,) = re.findall(r"for role in \[(.+)\] :", FILES["modules/catalog/identities.tf"])
    used = re.findall(r"local\._roles\.(\w+)", FILES["modules/catalog/grants.tf"])
    assert sorted(made) == sorted(json.loads(f"[{named}]")) == sorted(set(used))


def test_providers_are_the_ones_that_were_tried() -> None:
    """Every folder with resources takes the same versions of the provider and of Terraform."""
    versions = [text for name, text in FILES.items() if name.endswith("versions.tf")]
    assert len(versions) == len(MODULES) + len(ENVIRONMENTS) + 1
    assert {version for text in versions for version in re.findall(r" version = (.+)", text)} == {'">= 7.42, < 8.0"'}
    assert {least for text in versions for least in re.findall(r"required_version = (.+)", text)} == {'">= 1.11"'}


def test_no_file_of_this_machine_is_kept() -> None:
    """No lock file, which holds the hash of whatever provider was there, and no state."""
    kept = [path.name for path in ROOT.rglob("*") if path.name == ".terraform.lock.hcl" or ".tfstate" in path.name]
    assert kept == []


def test_the_arithmetic_of_the_costs_is_right() -> None:
    """Every equation of docs/cost.md holds, to the digits that are written."""
    text = (ROOT.parent / "docs/cost.md").read_text(encoding="utf-8")
    equations = re.findall(r"`([\d.*/+ ]+) = ([\d.]+)`", text)
    assert len(equations) > 20
    wrong = [f"{terms} is {value(terms)}, not {said}" for terms, said in equations if not holds(terms, said)]
    assert wrong == []


def value(terms: str) -> float:
    """A sum of products, as it is written on the page."""
    total = 0.0
    for product in terms.split(" + "):
        first, *more = re.split(r" ([*/]) ", product)
        number = float(first)
        for sign, factor in itertools.batched(more, 2, strict=True):
            number = number * float(factor) if sign == "*" else number / float(factor)
        total += number
    return total


def holds(terms: str, said: str) -> bool:
    """Whether a sum is what is said, to its last digit."""
    digits = len(said.partition(".")[2])
    return round(abs(value(terms) - float(said)), 9) <= 0.5 * 0.1**digits + 1e-9
