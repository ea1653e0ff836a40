from __future__ import annotations

import json

import pytest

from tools.images import sbom
from tools.images.contents import Component

_SHA256 = "ab" * 32
_WHEELS = {("small-thing", "1.0"): _SHA256}
_DEB = Component(
    kind="deb", name="libc6", version="2:1+b1", architecture="amd64", sha256=_SHA256, licences=("LGPL-2.1+", "GPL-2")
)
_WHEEL = Component(kind="pypi", name="Small_Thing", version="1.0", licences=("MIT",), files=("lib/x.py",))


def test_components() -> None:
    """Packages have a purl, the lock's hash, licences and their files; nothing differs from one writing to the next."""
    text = sbom.render("steps/x", [_DEB, _WHEEL], wheels=_WHEELS, suite="trixie")
    assert text == sbom.render("steps/x", [_DEB, _WHEEL], wheels=_WHEELS, suite="trixie")
    found = {item["name"]: item for item in json.loads(text)["components"]}
    assert found["libc6"]["purl"] == "pkg:deb/debian/libc6@2:1%2Bb1?arch=amd64&distro=trixie"
    assert found["libc6"]["licenses"] == [{"license": {"name": "GPL-2"}}, {"license": {"name": "LGPL-2.1+"}}]
    assert found["Small_Thing"]["purl"] == "pkg:pypi/small-thing@1.0"
    assert found["Small_Thing"]["hashes"] == [{"alg": "SHA-256", "content": _SHA256}]
    assert found["Small_Thing"]["licenses"] == [{"license": {"id": "MIT"}}]
    assert found["Small_Thing"]["evidence"] == {"occurrences": [{"location": "/lib/x.py"}]}


def test_a_wheel_that_the_lock_lacks() -> None:
    """It is told by name and version."""
    with pytest.raises(sbom.SbomError, match=r"Small_Thing 1\.0 is in the image, but not in requirements\.lock"):
        sbom.render("steps/x", [_WHEEL], wheels={}, suite="trixie")


def test_the_lock_is_read() -> None:
    """Names are normalised, extras left out."""
    text = f"# small.whl\nSmall_Thing[fast]==1.0 --hash=sha256:{_SHA256}\n"
    assert sbom.pinned(text) == _WHEELS
