from __future__ import annotations

import json
import os
import pathlib
import re
import tomllib

import pytest

from tools.images import contents
from tools.images.contents import Component, Contents


@pytest.fixture(scope="session")
def layers() -> list[Contents]:
    """What the Debian layers are made of."""
    return [contents.read(pathlib.Path(path)) for path in os.environ["CONTENTS"].split()]


@pytest.fixture(scope="session")
def packages(layers: list[Contents]) -> list[Component]:
    """The Debian packages of all of them."""
    return [item for item in contents.merged(layers) if item.kind == "deb"]


@pytest.fixture(scope="session")
def lock() -> dict[str, dict[str, str]]:
    """The Debian lock, by name."""
    value = json.loads(pathlib.Path("tools/debian/debian.lock").read_text())
    return {package["name"]: package for package in value["packages"]}


def test_every_package_of_the_images_is_in_a_layer(packages: list[Component], lock: dict[str, dict[str, str]]) -> None:
    """The layers have all packages of the lock's group `image`, and the shell; no other."""
    expected = {name for name, package in lock.items() if package["group"] == "image"} | {"dash"}
    found = {item.name for item in packages}
    assert expected - found == set(), "in tools/debian/packages.txt [image], but in no layer of images/BUILD.bazel"
    assert found - expected == set(), "in images/BUILD.bazel, but not in [image] of tools/debian/packages.txt"


def test_packages_are_those_of_the_lock(packages: list[Component], lock: dict[str, dict[str, str]]) -> None:
    """Version and hash are the pinned ones, but for packages of which the mirror has another version."""
    drift = {item["name"] for item in json.loads(pathlib.Path(os.environ["DRIFT"]).read_text())}
    for item in packages:
        if item.name not in drift:
            assert (item.version, item.sha256) == (lock[item.name]["version"], lock[item.name]["sha256"]), item.name


def test_every_drop_rule_takes_something(layers: list[Contents]) -> None:
    """A rule that matches nothing any more is taken out."""
    rules = tomllib.loads(pathlib.Path("images/drop.toml").read_text())["drop"]
    taken = [sum(numbers) for numbers in zip(*(layer.dropped for layer in layers), strict=True)]
    assert [rule["files"] for rule, number in zip(rules, taken, strict=True) if number == 0] == []


def test_the_release_is_named(lock: dict[str, dict[str, str]]) -> None:
    """os-release, which scanners read, names the suite that the packages come from."""
    assert lock
    suite = json.loads(pathlib.Path("tools/debian/debian.lock").read_text())["suite"]
    text = pathlib.Path("images/root/etc/os-release").read_text()
    assert re.findall(r"^VERSION_CODENAME=(.+)$", text, re.MULTILINE) == [suite]
