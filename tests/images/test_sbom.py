from __future__ import annotations

import json
import os
import pathlib
import urllib.parse
from typing import Any

import cyclonedx
import jsonschema
import pytest
import referencing

from tools.images import sbom
from tools.images.layout import Image

_SCHEMAS = ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")


@pytest.fixture(scope="session")
def bom() -> dict[str, Any]:
    """The image's SBOM."""
    value: dict[str, Any] = json.loads(pathlib.Path(os.environ["IMAGE_SBOM"]).read_text())
    return value


def locations(bom: dict[str, Any]) -> list[str]:
    """Every file that a component says it brought."""
    return [
        occurrence["location"].removeprefix("/")
        for component in bom["components"]
        for occurrence in component["evidence"]["occurrences"]
    ]


def test_it_names_every_file_once(bom: dict[str, Any], image: Image) -> None:
    """Each file and link of the image belongs to one component, and each that is named is there."""
    there = sorted(info.name for layer in image.layers for info, _ in layer.members() if not info.isdir())
    assert sorted(locations(bom)) == there


def test_hashes_and_versions_are_those_of_the_locks(bom: dict[str, Any]) -> None:
    """A package that is missing from its lock, or another version or file of it, is told by name."""
    drift = {item["name"] for item in json.loads(pathlib.Path(os.environ["IMAGE_DRIFT"]).read_text())}
    debs = {
        package["name"]: (package["version"], package["sha256"])
        for package in json.loads(pathlib.Path("tools/debian/debian.lock").read_text())["packages"]
    }
    wheels = sbom.pinned(pathlib.Path("requirements.lock").read_text())
    problems = []
    for component in bom["components"]:
        name, purl = component["name"], component.get("purl", "")
        found = component.get("version", ""), component.get("hashes", [{}])[0].get("content")
        if purl.startswith("pkg:deb/") and name not in drift and debs.get(name) != found:
            problems.append(f"{name} {found[0]} is in the image; tools/debian/debian.lock has {debs.get(name)}")
        if purl.startswith("pkg:pypi/") and wheels.get((sbom.normal(name), found[0])) != found[1]:
            problems.append(f"{name} {found[0]} is in the image; requirements.lock does not have that")
    assert problems == []


def test_it_is_the_same_each_time(bom: dict[str, Any]) -> None:
    """No serial number and no time."""
    assert "serialNumber" not in bom
    assert "timestamp" not in bom["metadata"]


def test_every_package_states_its_licence(bom: dict[str, Any]) -> None:
    """Debian packages and wheels have licences."""
    assert [item["name"] for item in bom["components"] if "purl" in item and not item.get("licenses")] == []


def test_it_follows_the_schema(bom: dict[str, Any]) -> None:
    """It is valid CycloneDX 1.6."""
    folder = pathlib.Path(cyclonedx.__file__).parent / "schema" / "_res"
    schema = json.loads((folder / "bom-1.6.SNAPSHOT.schema.json").read_text())
    registry: Any = referencing.Registry().with_resources(
        (
            urllib.parse.urljoin(schema["$id"], name),
            referencing.Resource.from_contents(json.loads((folder / name).read_text())),
        )
        for name in _SCHEMAS
    )
    jsonschema.Draft7Validator(schema, registry=registry).validate(bom)
