"""Unpacks a wheel into site-packages/ and bin/, compiles it, and prints its name, version and what it requires.

A wheel's `.data` folder is spread as the wheel format says: purelib and platlib join site-packages, scripts go to bin.
Markers are evaluated for this very interpreter. Bytecode is unchecked: the files never change here.
"""

import compileall
import email.parser
import json
import pathlib
import py_compile
import sys
import zipfile

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name


def main(wheel: str, folder: str, extras: str) -> None:
    """Unpack `wheel` into `folder`; `extras` are joined by commas."""
    root = pathlib.Path(folder)
    site = root / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                extract(archive, entry, site=site, scripts=root / "bin")
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        headers = email.parser.BytesHeaderParser().parsebytes(archive.read(metadata))
    compileall.compile_dir(
        str(site), quiet=2, workers=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
    requires = {
        repository_name(requirement.name)
        for requirement in map(Requirement, headers.get_all("Requires-Dist", []))
        if applies(requirement, ["", *filter(None, extras.split(","))])
    }
    requires.discard(repository_name(headers["Name"]))
    print(json.dumps({"name": headers["Name"], "version": headers["Version"], "requires": sorted(requires)}))


def extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, site: pathlib.Path, scripts: pathlib.Path) -> None:
    """Write one file of the wheel where it belongs, with its x bit."""
    parts = pathlib.PurePosixPath(entry.filename).parts
    if parts[0].endswith(".data"):
        base = {"purelib": site, "platlib": site, "scripts": scripts}.get(parts[1])
        if base is None:
            return
        target = base.joinpath(*parts[2:])
    else:
        target = site.joinpath(*parts)
    if ".." in parts or entry.filename.startswith("/"):
        raise SystemExit(f"{archive.filename} wants to write outside its folder: {entry.filename}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(archive.read(entry))
    if entry.external_attr >> 16 & 0o111 or (parts[0].endswith(".data") and parts[1] == "scripts"):
        target.chmod(0o755)


def applies(requirement: Requirement, extras: list[str]) -> bool:
    """Whether this requirement holds for this interpreter with any of the extras."""
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras)


def repository_name(name: str) -> str:
    """The form of a project's name that labels use."""
    return str(canonicalize_name(name)).replace("-", "_")


main(*sys.argv[1:])
