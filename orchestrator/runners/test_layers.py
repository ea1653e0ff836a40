from __future__ import annotations

import contextlib
import stat
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.runners import layers
from orchestrator.runners.images import Images
from orchestrator.runners.layouts import ImageError, Layout
from orchestrator.testing import layouts
from orchestrator.testing.layouts import entry, link

type Entries = list[tuple[tarfile.TarInfo, bytes]]


def unpacked(folder: Path, *stacked: Entries) -> Path:
    """The root of an image with these layers."""
    digest = layouts.write(folder / "layout", [layouts.layer(each) for each in stacked])
    return Images(folder / "images").unpack(Layout(folder / "layout"), digest).root


def tree(root: Path) -> dict[str, str]:
    """Content of every file and target of every link, by path."""
    return {
        str(path.relative_to(root)): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def check(folder: Path, *stacked: Entries, expected: dict[str, str]) -> None:
    """These layers make these files, and nothing beside the image."""
    assert expected == tree(unpacked(folder, *stacked))
    assert {path.name for path in folder.iterdir()} <= {"layout", "images", "outside"}


def test_upper_layer_wins(tmp_path: Path) -> None:
    """File over file, file over folder, folder over file, link over either."""
    below = [entry("a", b"1"), entry("b/c", b"1"), entry("d", b"1"), entry("e/f", b"1")]
    above = [entry("a", b"2"), entry("b", b"2"), entry("d/x", b"2"), link("e", "/a")]
    check(tmp_path, below, above, expected={"a": "2", "b": "2", "d/x": "2", "e": "-> /a"})


def test_removed_files_are_gone(tmp_path: Path) -> None:
    """A mark removes a file or a folder of the layers below, and nothing of its own layer."""
    below = [entry("a/b", b"1"), entry("a/c", b"1"), entry("d/e/f", b"1"), link("g", "a")]
    above = [entry("a/.wh.b"), entry("d/.wh.e"), entry(".wh.g"), entry("d/e2", b"2")]
    check(tmp_path, below, above, expected={"a/c": "1", "d/e2": "2"})


def test_opaque_folder_hides_what_is_below(tmp_path: Path) -> None:
    """But not what its own layer puts there, in whatever order it is written."""
    below = [entry("a/b", b"1"), entry("a/c/d", b"1"), entry("e", b"1")]
    above = [entry("a/new", b"2"), entry("a/c/new", b"2"), entry("a/.wh..wh..opq")]
    check(tmp_path, below, above, expected={"a/new": "2", "a/c/new": "2", "e": "1"})


def test_links_lead_where_they_do_in_the_image(tmp_path: Path) -> None:
    """A path through a link, absolute or not, ends inside; so do hard links."""
    below = [entry("usr/lib/x", b"1"), link("lib", "usr/lib"), link("abs", "/usr"), link("up", "../../../usr/lib")]
    above = [
        entry("lib/y", b"2"),
        entry("abs/z", b"2"),
        entry("up/w", b"2"),
    ]
    files = {"usr/lib/x": "1", "usr/lib/y": "2", "usr/z": "2", "usr/lib/w": "2"}
    links = {"lib": "-> usr/lib", "abs": "-> /usr", "up": "-> ../../../usr/lib"}
    check(tmp_path, below, above, expected=files | links)


def test_hard_links_share_a_file(tmp_path: Path) -> None:
    """Also in the image."""
    root = unpacked(tmp_path, [entry("a", b"1"), link("b/c", "a", kind=tarfile.LNKTYPE)])
    assert (root / "a").samefile(root / "b/c")


@pytest.mark.parametrize(
    "entries",
    [
        [entry("../outside/x")],
        [entry("a/../../outside/x")],
        [link("a", "../outside/secret", kind=tarfile.LNKTYPE)],
        [link("a", "/etc/passwd", kind=tarfile.LNKTYPE)],
        [link("s", "../../../../outside/secret"), link("a", "s", kind=tarfile.LNKTYPE)],
        [link("a", "", kind=tarfile.CHRTYPE)],
        [link("a", "", kind=tarfile.FIFOTYPE)],
        [link("a", "a"), entry("a/x")],
        [entry("a"), entry("a/x")],
    ],
)
def test_hostile_layer_is_refused(tmp_path: Path, entries: Entries) -> None:
    """Names that lead out, links to what is no file of the layer, devices, circles; nothing is left."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("3f9a")
    with pytest.raises(ImageError):
        unpacked(tmp_path, entries)
    assert {path.name for path in outside.iterdir()} == {"secret"}
    assert not [path for path in (tmp_path / "images").glob("*") if path.name != "layers"]
    assert not list((tmp_path / "images/layers").glob("*"))


@pytest.mark.parametrize("target", ["/", "..", "../../..", "/usr/../.."])
def test_link_out_of_the_image_is_none(tmp_path: Path, target: str) -> None:
    """What a layer writes through such a link lands inside, as it would in a container."""
    check(tmp_path, [link("a", target), entry("a/outside/x", b"1")], expected={"a": f"-> {target}", "outside/x": "1"})
    assert not (tmp_path / "outside").exists()


def test_modes_are_kept_but_for_what_gives_rights(tmp_path: Path) -> None:
    """No set-user-id; folders can be entered by whoever unpacked them."""
    root = unpacked(
        tmp_path, [entry("a", mode=0o4755), entry("b", mode=0o444), entry("c/", mode=0o000), entry("c/d", mode=0o666)]
    )
    modes = {name: stat.S_IMODE((root / name).stat().st_mode) for name in ("a", "b", "c", "c/d")}
    assert modes == {"a": 0o755, "b": 0o644, "c": 0o711 | 0o700, "c/d": 0o644}


def test_layer_of_several_images_is_there_once(tmp_path: Path) -> None:
    """Their files are the same files."""
    shared = layouts.layer([entry("a", b"1")])
    images, roots = Images(tmp_path / "images"), []
    for name in ("one", "two"):
        digest = layouts.write(tmp_path / name, [shared, layouts.layer([entry(name)])])
        roots.append(images.unpack(Layout(tmp_path / name), digest).root)
    assert (roots[0] / "a").samefile(roots[1] / "a")


NAMES = st.lists(st.sampled_from(["a", "b", "..", ".", "l", "/", ".wh.a", ".wh..wh..opq"]), min_size=1, max_size=4).map(
    "/".join
)
MEMBERS = st.one_of(
    st.builds(entry, NAMES, st.just(b"x")),
    st.builds(entry, NAMES.map(lambda name: name + "/")),
    st.builds(link, NAMES, NAMES),
    st.builds(lambda name, target: link(name, target, kind=tarfile.LNKTYPE), NAMES, NAMES),
)


@settings(deadline=None)
@given(st.lists(st.lists(MEMBERS, max_size=8), min_size=1, max_size=3))
def test_nothing_is_ever_written_outside(tmp_path_factory: pytest.TempPathFactory, stacked: list[Entries]) -> None:
    """Whatever the layers say, they are refused or stay inside; what lies beside is as it was."""
    folder = tmp_path_factory.mktemp("any")
    (folder / "outside").mkdir()
    (folder / "outside" / "a").write_text("3f9a")
    with contextlib.suppress(ImageError):
        unpacked(folder / "own", *stacked)
    assert {"outside", "own"} == {path.name for path in folder.iterdir()}
    assert tree(folder / "outside") == {"a": "3f9a"}
    assert {path.name for path in (folder / "own").iterdir()} <= {"layout", "images"}


def test_damaged_archive_is_refused(tmp_path: Path) -> None:
    """A tar file that ends in its middle."""
    whole = layouts.layer([entry("a", bytes(100_000))])
    archive = tmp_path / "layer"
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImageError, match="cannot be unpacked"):
        layers.unpack(archive, tmp_path, compressed=True)
