from __future__ import annotations

import io
import pathlib
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.images.tar import Entry, File, Folder, LayerError, Link, header, ordered, write_layer, write_tar

# Long names, blanks, other alphabets; no slash, which makes folders below.
names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=120).filter(
    lambda text: text not in {".", ".."}
)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Entries that fit into one layer: files and links are nobody's parents."""
    chosen = draw(st.lists(paths, max_size=8, unique=True))
    parents = {path[:at] for path in chosen for at in range(len(path)) if path[at] == "/"}
    return [draw(st.just(Folder(path=path)) if path in parents else leaf(path)) for path in chosen]


def leaf(path: str) -> st.SearchStrategy[Entry]:
    """A file, a link or an empty folder."""
    modes = st.sampled_from([0o644, 0o755, 0o1777])
    return st.one_of(
        st.builds(File, path=st.just(path), content=st.binary(max_size=1500), mode=modes, uid=st.integers(0, 70000)),
        st.builds(Link, path=st.just(path), target=paths),
        st.builds(Folder, path=st.just(path), mode=modes),
    )


def tar(items: list[Entry]) -> bytes:
    """The bytes of a layer."""
    out = io.BytesIO()
    write_tar(items, out)
    return out.getvalue()


def read(data: bytes) -> dict[str, Entry]:
    """What another reader finds in it."""
    found: dict[str, Entry] = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for info in archive:
            assert (info.mtime, info.uname, info.gname) == (0, "", "")
            if info.isdir():
                found[info.name] = Folder(path=info.name, mode=info.mode, uid=info.uid, gid=info.gid)
            elif info.issym():
                found[info.name] = Link(path=info.name, target=info.linkname)
            else:
                file = archive.extractfile(info)
                assert file is not None
                found[info.name] = File(path=info.name, content=file.read(), mode=info.mode, uid=info.uid, gid=info.gid)
    return found


@given(entries())
def test_what_is_written_can_be_read(items: list[Entry]) -> None:
    """Every entry comes out of the tar as it went in, folders that were not named besides."""
    found = read(tar(items))
    assert {item.path: item for item in items}.items() <= found.items()
    assert all(isinstance(found[path], Folder) for path in found.keys() - {item.path for item in items})


@given(entries(), st.randoms(use_true_random=False))
def test_the_order_given_does_not_matter(items: list[Entry], random: object) -> None:
    """Shuffled entries make the same bytes."""
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tar(shuffled) == tar(items)


@given(entries())
def test_folders_come_first(items: list[Entry]) -> None:
    """Each entry's folder lies before it, and paths are in the order of their bytes."""
    done: set[str] = set()
    found = [entry.path for entry in ordered(items)]
    for path in found:
        assert "/" not in path or path.rpartition("/")[0] in done
        done.add(path)
    assert found == sorted(found, key=str.encode)


@given(paths, st.integers(8 * 2**30, 2**50))
def test_sizes_past_8_gigabytes(path: str, size: int) -> None:
    """A size that ustar's eleven digits cannot hold stands in the header all the same."""
    head = io.BytesIO(header(File(path=path, content=b""), size=size))
    info = tarfile.TarFile(fileobj=head).next()
    assert info is not None
    assert (info.name, info.size) == (path, size)


def test_it_streams(tmp_path: pathlib.Path) -> None:
    """A file from disk is copied chunk by chunk, never read as a whole."""
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(64 << 20)
    sizes: list[int] = []

    class Sink(io.RawIOBase):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            sizes.append(len(data))
            return len(data)

    write_tar([File(path="big", content=big)], Sink())  # type: ignore[arg-type]
    assert max(sizes) <= 1 << 20
    assert sum(sizes) == (64 << 20) + 3 * 512


def test_compressed_bytes_are_the_same_each_time(tmp_path: pathlib.Path) -> None:
    """Neither the time nor the name of the file is in the compressed layer."""
    for name in ("a", "b"):
        write_layer([File(path="x", content=b"text" * 1000)], tmp_path / name)
    data = (tmp_path / "a").read_bytes()
    assert data == (tmp_path / "b").read_bytes()
    assert data[4:8] == bytes(4)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([File(path="a", content=b""), Link(path="a", target="b")], "two entries"),
        ([File(path="a", content=b""), File(path="a/b", content=b"")], "has to be a folder"),
        ([File(path="/a", content=b"")], "no plain path"),
        ([File(path="a/../b", content=b"")], "no plain path"),
        ([File(path="", content=b"")], "no plain path"),
    ],
)
def test_what_cannot_be_a_layer(items: list[Entry], said: str) -> None:
    """Paths that clash or leave the root are refused by name."""
    with pytest.raises(LayerError, match=said):
        ordered(items)
