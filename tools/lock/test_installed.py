"""What lies in the repositories of the wheels is what the lock names: in both ways to Bazel the same files."""

from __future__ import annotations

import importlib.metadata
import pathlib
import re

import pytest

_LINE = re.compile(r"# (?P<file>\S+\.whl)\n(?P<name>[\w.-]+)(?:\[.*\])?==(?P<version>\S+) --hash=")
LOCK = {
    canonical: match
    for match in _LINE.finditer(pathlib.Path("requirements.lock").read_text())
    if (canonical := re.sub(r"[-_.]+", "-", match["name"]).lower())
}


def installed() -> dict[str, importlib.metadata.Distribution]:
    """Every distribution that can be imported here, by its canonical name."""
    found = {}
    for distribution in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        assert name not in found, f"{name} is importable from two places"
        found[name] = distribution
    return found


def test_every_wheel_of_the_lock_is_there_and_no_other() -> None:
    """By name and version."""
    assert {name: each.version for name, each in installed().items()} == {
        name: match["version"] for name, match in LOCK.items()
    }


@pytest.mark.parametrize("name", sorted(LOCK))
def test_the_file_is_the_one_that_the_lock_names(name: str) -> None:
    """The tags that the wheel says it was built with are those of the file's name."""
    wheel = installed()[name].read_text("WHEEL")
    assert wheel is not None
    pythons, abis, platforms = (part.split(".") for part in LOCK[name]["file"].removesuffix(".whl").split("-")[-3:])
    expected = {f"{python}-{abi}-{platform}" for python in pythons for abi in abis for platform in platforms}
    assert set(re.findall(r"^Tag: (\S+)", wheel, re.MULTILINE)) == expected
