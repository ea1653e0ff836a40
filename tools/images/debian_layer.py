"""Makes a layer of Debian packages: unpacked, pruned by the drop rules, with what maintainer scripts would have made.

For each package its control file goes to var/lib/dpkg/status.d, where scanners of images look, and its copyright file
stays. With `--bytecode` every module is compiled. Read on in `drops`, `skeleton` and `bytecode`.
"""

from __future__ import annotations

import argparse
import pathlib
import sys

from tools.images import contents, deb, drops, licences, skeleton
from tools.images.bytecode import bytecode
from tools.images.contents import Component, Contents
from tools.images.tar import Entry, File, LayerError, Link, write_layer

_MERGED = ("bin/", "lib/", "lib64/", "sbin/")
_OWN = "nightjar"


def main(arguments: list[str]) -> int:
    """Write the layer and its contents."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--contents", type=pathlib.Path, required=True)
    parser.add_argument("--drop", type=pathlib.Path, required=True)
    parser.add_argument("--package", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--skeleton", type=pathlib.Path)
    parser.add_argument("--root", type=skeleton.file, action="append", default=[], metavar="PATH=FILE")
    parser.add_argument("--certificates", help="path of the joined bundle")
    parser.add_argument("--bytecode", action="store_true")
    options = parser.parse_args(arguments)
    try:
        rules = drops.read(options.drop)
        packages = [deb.read(path) for path in options.package]
        dropped = [0] * len(rules)
        taken = {package.name: _taken(package, rules, dropped) for package in packages}
        own: list[Entry] = [*options.root, *(skeleton.read(options.skeleton) if options.skeleton else [])]
        if options.certificates:
            own.append(skeleton.join_certificates(taken, options.certificates))
        if options.bytecode:
            for entries in taken.values():
                entries.extend(bytecode(entries))
        write_layer([*own, *(entry for entries in taken.values() for entry in entries)], options.output)
        components = [_component(package, taken[package.name], packages) for package in packages]
    except (deb.DebError, drops.DropError, LayerError) as error:
        print(f"debian_layer: {error}", file=sys.stderr)
        return 1
    if files := _paths(own):
        components.append(Component(kind="own", name=_OWN, files=files))
    contents.write(Contents(components=tuple(components), dropped=tuple(dropped)), options.contents)
    return 0


def _taken(package: deb.Package, rules: tuple[drops.Rule, ...], dropped: list[int]) -> list[Entry]:
    """The package's entries that no rule drops, and its status file; counts in `dropped` what each rule took."""
    entries: list[Entry] = []
    for entry in package.entries:
        number = next((number for number, rule in enumerate(rules) if rule.drops(entry.path)), None)
        if number is not None:
            dropped[number] += 1
        elif entry.path.startswith(_MERGED):
            raise LayerError(f"{package.name}: {entry.path} lies where the image has a link into usr")
        else:
            entries.append(entry)
    entries.append(File(path=f"var/lib/dpkg/status.d/{package.name}", content=package.control))
    return entries


def _component(package: deb.Package, entries: list[Entry], packages: list[deb.Package]) -> Component:
    text = _copyright(package.name, packages)
    return Component(
        kind="deb",
        name=package.name,
        version=package.version,
        architecture=package.architecture,
        sha256=package.sha256,
        licences=licences.of_copyright(text.decode("utf-8", "replace")),
        files=_paths(entries),
    )


def _copyright(name: str, packages: list[deb.Package]) -> bytes:
    """The copyright file; several packages of one source share the folder of one of them."""
    found = {entry.path: entry for package in packages for entry in package.entries}
    folder = found.get(f"usr/share/doc/{name}")
    owner = folder.target if isinstance(folder, Link) else name
    file = found.get(f"usr/share/doc/{owner}/copyright")
    if not isinstance(file, File) or not isinstance(file.content, bytes):
        raise LayerError(f"{name}: its copyright file is in none of the layer's packages; add the one that has it")
    return file.content


def _paths(entries: list[Entry]) -> tuple[str, ...]:
    return tuple(sorted(entry.path for entry in entries if isinstance(entry, File | Link)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
