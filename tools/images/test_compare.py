import io
import pathlib
import tarfile

import pytest

from tools.images import compare
from tools.images.layout import Image, Layer


def layer(folder: pathlib.Path, name: str, digest: str, files: dict[str, tuple[bytes, int]]) -> Layer:
    """A layer of files with content and mode."""
    path = folder / name
    with tarfile.open(path, "w") as archive:
        for entry, (data, mode) in files.items():
            info = tarfile.TarInfo(entry)
            info.size, info.mode = len(data), mode
            archive.addfile(info, io.BytesIO(data))
    return Layer(label="//images:base", digest=digest, size=path.stat().st_size, path=path)


def image(digest: str, *layers: Layer) -> Image:
    """An image of these layers."""
    return Image(digest=digest, config={}, layers=layers)


FILES = {"a": (b"1", 0o644), "b": (b"2", 0o644)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (FILES | {"a": (b"3", 0o644)}, "//images:base: a: content sha256 6b86b273ff34… and 4e07408562be…"),
        (FILES | {"b": (b"2", 0o755)}, "//images:base: b: mode 420 and 493"),
        (FILES | {"c": (b"", 0o644)}, "//images:base: c is in one alone"),
        (dict(reversed(FILES.items())), "//images:base: the order of the files"),
        (FILES, "//images:base: only the compression differs"),
    ],
)
def test_a_difference_names_layer_file_and_aspect(
    tmp_path: pathlib.Path, files: dict[str, tuple[bytes, int]], expected: str
) -> None:
    """Whoever sees it knows where to look."""
    ours = image("sha256:1", layer(tmp_path, "ours", "sha256:a", FILES))
    theirs = image("sha256:2", layer(tmp_path, "theirs", "sha256:b", files))
    assert compare.differences(ours, theirs) == [expected]


def test_equal_digests_are_equal_images() -> None:
    """Nothing is unpacked for them."""
    assert compare.differences(image("sha256:1"), image("sha256:1")) == []


def test_equal_layers_leave_the_configuration(tmp_path: pathlib.Path) -> None:
    """When no layer differs, the configuration does."""
    same = layer(tmp_path, "same", "sha256:a", FILES)
    assert compare.differences(image("sha256:1", same), image("sha256:2", same)) == ["the configuration differs"]
