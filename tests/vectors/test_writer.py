"""What the cases do not show: damaged and large layers, strange bases, flags; and properties of the values."""

import ctypes
import gzip
import hashlib
import io
import json
import pathlib
from contextlib import redirect_stderr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oci.writer import documents, image, layer, layout, push, values, zstd

_CASE = pathlib.Path("tests/vectors/cases/05-tar-zstd")
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_NAMES = st.text("ABC_1", min_size=1, max_size=3)


def sha256(content: bytes) -> str:
    """The digest of bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@given(st.dictionaries(_NAMES, st.text("abc =", max_size=4), max_size=5))
def test_environment_without_references_is_what_was_given(variables: dict[str, str]) -> None:
    """Each line becomes one entry, in order, with nothing trimmed."""
    text = "\n".join(f"{name}={value}" for name, value in variables.items())
    assert [f"{name}={value}" for name, value in variables.items()] == values.environment([], text)


@given(st.dictionaries(_NAMES, st.text("xyz", max_size=4), min_size=1, max_size=5), st.data())
def test_environment_sees_its_base(variables: dict[str, str], data: st.DataObject) -> None:
    """A reference is replaced by the base's value, and the base's entries keep their places."""
    name = data.draw(st.sampled_from(sorted(variables)))
    base = [f"{key}={value}" for key, value in variables.items()]
    expected = [f"{key}={value + ':more' if key == name else value}" for key, value in variables.items()]
    assert expected == values.environment(base, f"{name}=${{{name}}}:more")


@given(st.lists(st.text("ab\n ", min_size=1, max_size=5), max_size=5))
def test_elements_survive_their_file(elements: list[str]) -> None:
    """A list written to lines comes back whole, newlines inside elements too."""
    text = "\n".join(element.replace("\n", "%5Cn") for element in elements)
    assert elements == values.elements(text)


def test_a_layer_larger_than_the_pieces_is_read_whole(tmp_path: pathlib.Path) -> None:
    """Digest and diff_id are those of all bytes, also with gzip members that end inside a piece."""
    content = bytes(range(256)) * 20_000
    packed = gzip.compress(content, 1, mtime=0) + gzip.compress(content[:1000], 1, mtime=0)
    for name, written, plain, compression in (
        ("plain.tar", content, content, ""),
        ("packed.tar", packed, content + content[:1000], "gzip"),
    ):
        (tmp_path / name).write_bytes(written)
        expected = documents.Layer(
            digest=sha256(written), diff_id=sha256(plain), size=len(written), compression=compression
        )
        assert expected == layer.describe(tmp_path / name)


def test_zstd_comes_out_whole_from_any_pieces() -> None:
    """How the file is cut into pieces does not change what it decompresses to."""
    packed = (_CASE / "inputs/c.tar.zst").read_bytes()
    [diff_id] = json.loads((_CASE / "digests.json").read_text(encoding="utf-8"))["diff_ids"]
    for length in (1, 7, len(packed)):
        pieces = [packed[at : at + length] for at in range(0, len(packed), length)]
        assert diff_id == sha256(b"".join(zstd.decompress(pieces)))
    assert diff_id == sha256(b"".join(zstd.decompress([b"\x50\x2a\x4d\x18\x02\x00\x00\x00xy", packed])))


def test_zstd_that_grows_a_thousandfold_comes_out_whole() -> None:
    """What one piece of input becomes may be many times what one step of the decompressor can give."""
    library = ctypes.CDLL("libzstd.so.1")
    content = bytes(5_000_000)
    packed = ctypes.create_string_buffer(10_000)
    size = library.ZSTD_compress(packed, ctypes.c_size_t(10_000), content, ctypes.c_size_t(len(content)), 3)
    assert content == b"".join(zstd.decompress([packed.raw[:size]]))


@pytest.mark.parametrize("damage", ["cut", "changed"])
@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_damaged_layer_is_refused(tmp_path: pathlib.Path, kind: str, damage: str) -> None:
    """A layer that no container engine could unpack fails the build, with its path."""
    packed = gzip.compress(b"content" * 99) if kind == "gzip" else (_CASE / "inputs/c.tar.zst").read_bytes()
    path = tmp_path / "layer.tar"
    path.write_bytes(packed[:-9] if damage == "cut" else packed[:20] + bytes(8) + packed[28:])
    if damage == "changed" and kind == "zstd":
        path.write_bytes(packed[:4] + b"\xff" * 8 + packed[12:])
    with redirect_stderr(io.StringIO()) as said:
        assert image.main(["describe", str(path), str(tmp_path / "out.json")]) == 1
    assert f"oci_image: {path} begins as {kind} but cannot be decompressed: " in said.getvalue()


@pytest.mark.parametrize(
    ("index", "problem"),
    [
        ({"manifests": []}, "its index.json names 0 images; it has to be one"),
        ({"manifests": [{}, {}]}, "its index.json names 2 images; it has to be one"),
        ({"manifests": [{"mediaType": "other"}]}, "has to hold one image, but it holds other"),
        ({"manifests": [{"mediaType": _MANIFEST, "digest": "sha256:0"}]}, "blobs/sha256/0 cannot be read"),
        ([], "index.json is no JSON object"),
    ],
)
def test_what_is_not_one_image_is_no_base(tmp_path: pathlib.Path, index: object, problem: str) -> None:
    """An empty layout, several images, an index of images or a missing blob is told with its folder."""
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(layout.LayoutError, match=problem) as raised:
        layout.read(tmp_path)
    assert str(tmp_path) in str(raised.value)


def test_flags_go_where_they_belong() -> None:
    """The flags' repository wins, their tags come first, crane's own go to every call, the rest to the push alone."""
    given = "-r host/a --tag=one -t two --insecure --platform linux/amd64 --unknown -v --repository=host/b"
    parsed = push.parse(given.split(), repository="host/built", tags=["three"])
    assert parsed == push.Push(
        repository="host/b",
        tags=("one", "two", "three"),
        for_all=("--insecure", "--platform", "linux/amd64", "-v"),
        for_push=("--unknown",),
    )
    assert list(push.commands(parsed, "layout", "host/b@sha256:0"))[:2] == [
        ["push", *parsed.for_all, "layout", "host/b@sha256:0", "--unknown"],
        ["tag", *parsed.for_all, "host/b@sha256:0", "one"],
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "say where to: -- --repository HOST/PATH, or `repository` in the BUILD file"),
        (["--tag"], "--tag lacks its value"),
        (["--platform"], "--platform lacks its value"),
    ],
)
def test_push_without_a_place_is_refused(arguments: list[str], problem: str) -> None:
    """What is missing is said before anything is pushed."""
    with pytest.raises(push.UsageError) as raised:
        push.parse(arguments, repository="", tags=[])
    assert problem == str(raised.value)
