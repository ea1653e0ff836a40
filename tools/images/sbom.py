"""Writes the SBOM of an image: CycloneDX JSON 1.6, from what its layers are made of and from the locks.

Each component has its purl, its licences as it states them, the hash that the lock pins, and every file that it
brought. There is no serial number and no time, so the same image has the same SBOM. A wheel that is in a layer and not
in the lock is an error.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import sys
from collections.abc import Iterable

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component as BomComponent
from cyclonedx.model.component import ComponentType
from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence
from cyclonedx.model.license import License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from tools.images import contents
from tools.images.contents import Component

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+) --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)
_NORMAL = re.compile(r"[-_.]+")


class SbomError(Exception):
    """A component is not what a lock says; the message names it."""


def main(arguments: list[str]) -> int:
    """Write the SBOM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--requirements", type=pathlib.Path, required=True)
    parser.add_argument("--debian", type=pathlib.Path, required=True)
    parser.add_argument("contents", type=pathlib.Path, nargs="*")
    options = parser.parse_args(arguments)
    components = contents.merged(contents.read(path) for path in options.contents)
    suite = json.loads(options.debian.read_text())["suite"]
    try:
        text = render(options.image, components, wheels=pinned(options.requirements.read_text()), suite=suite)
    except SbomError as error:
        print(f"sbom: {error}", file=sys.stderr)
        return 1
    options.output.write_text(text)
    return 0


def pinned(text: str) -> dict[tuple[str, str], str]:
    """Read requirements.lock: normalised name and version to the wheel's sha256."""
    return {(normal(name), version): sha256 for name, version, sha256 in _PINNED.findall(text)}


def normal(name: str) -> str:
    """The one spelling of a distribution's name."""
    return _NORMAL.sub("-", name).lower()


def render(image: str, components: Iterable[Component], *, wheels: dict[tuple[str, str], str], suite: str) -> str:
    """The SBOM's text."""
    container = BomComponent(name=image, type=ComponentType.CONTAINER, bom_ref=image)
    parts = [_part(component, wheels, suite) for component in components]
    bom = Bom(metadata=BomMetaData(component=container), components=parts)
    bom.register_dependency(container, parts)
    written = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    # The library draws these anew each time.
    del written["serialNumber"], written["metadata"]["timestamp"]
    return json.dumps(written, indent=1, ensure_ascii=False) + "\n"


def _part(component: Component, wheels: dict[tuple[str, str], str], suite: str) -> BomComponent:
    match component.kind:
        case "deb":
            return debian(component, suite)
        case "pypi":
            return distribution(component, wheels)
        case "own":
            return own(component)


def debian(component: Component, suite: str) -> BomComponent:
    """A Debian package."""
    qualifiers = {"arch": component.architecture, "distro": suite}
    purl = PackageURL("deb", "debian", component.name, component.version, qualifiers)
    stated = component.licences or (f"see /usr/share/doc/{component.name}/copyright",)
    return _library(component, purl, component.sha256, licences=_named(stated))


def distribution(component: Component, wheels: dict[tuple[str, str], str]) -> BomComponent:
    """A wheel."""
    name = normal(component.name)
    sha256 = wheels.get((name, component.version))
    if sha256 is None:
        raise SbomError(f"{component.name} {component.version} is in the image, but not in requirements.lock")
    return _library(
        component, PackageURL("pypi", None, name, component.version), sha256, licences=_named(component.licences)
    )


def own(component: Component) -> BomComponent:
    """What this project brought."""
    return BomComponent(
        name=component.name, type=ComponentType.APPLICATION, bom_ref=component.name, evidence=_evidence(component)
    )


def _library(component: Component, purl: PackageURL, sha256: str, *, licences: list[License]) -> BomComponent:
    return BomComponent(
        name=component.name,
        version=component.version,
        type=ComponentType.LIBRARY,
        bom_ref=purl.to_string(),
        purl=purl,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)],
        licenses=licences,
        evidence=_evidence(component),
    )


def _named(stated: tuple[str, ...]) -> list[License]:
    """One licence may be an expression, several are a list of names: the format allows no mixture."""
    factory = LicenseFactory()
    if len(stated) == 1:
        return [factory.make_from_string(stated[0])]
    return [factory.make_with_name(name) for name in stated]


def _evidence(component: Component) -> ComponentEvidence:
    return ComponentEvidence(occurrences=[Occurrence(location=f"/{path}") for path in component.files])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
