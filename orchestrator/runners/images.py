"""Images unpacked on this machine: `STATE/images/HEX/` with `root/`, `manifest.json` and `config.json`.

A folder with an image's digest for its name is whole: it is made under another name and renamed, so two processes may
want the same image at once. Layers lie beside in `layers/` and are shared by links. Whoever runs something from an
image holds a lock on its folder; only what nobody holds is ever removed. How a program is started in one is in
`bubblewrap`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.runners import layers
from orchestrator.runners.layouts import CONFIG, MANIFEST, Config, ImageError, Layer, Layout, Manifest, hexadecimal

_ROOT = "root"
_LAYERS = "layers"
_NEW = ".new-"


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An image's folder. Its root is never written to: its files are shared with other images."""

    folder: Path

    @property
    def root(self) -> Path:
        """What a program of the image sees as `/`."""
        return self.folder / _ROOT

    @property
    def config(self) -> Config:
        """What the image says of its program."""
        return Config.of_json((self.folder / CONFIG).read_bytes())

    @property
    def manifest(self) -> Manifest:
        """What it was made of."""
        return Manifest.of_json((self.folder / MANIFEST).read_bytes())


class Images:
    """The folder of unpacked images."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._layers = folder / _LAYERS

    def has(self, digest: str) -> bool:
        """Whether an image is unpacked."""
        return self._place(digest).is_dir()

    def unpack(self, layout: Layout, digest: str) -> Unpacked:
        """The image unpacked, now or before. Raises ImageError when it cannot be."""
        place = self._place(digest)
        try:
            if not place.is_dir():
                self._make(place, lambda new: self._fill(new, layout, layout.manifest(digest)))
        except OSError as err:
            raise ImageError(f"the image in {layout.folder} cannot be unpacked: {err}") from err
        return Unpacked(place)

    @contextmanager
    def held(self, layout: Layout, digest: str) -> Iterator[tuple[Unpacked, int]]:
        """The image, unpacked and locked: with a descriptor to pass on to what runs from it."""
        with contextlib.ExitStack() as stack:
            while True:
                unpacked = self.unpack(layout, digest)
                try:
                    lock = os.open(unpacked.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                except FileNotFoundError:
                    continue  # Somebody removed it in this very moment.
                fcntl.flock(lock, fcntl.LOCK_SH)
                if _is(lock, unpacked.folder):
                    stack.callback(os.close, lock)
                    break
                os.close(lock)
            yield unpacked, lock

    def prune(self, *, keep: Collection[str]) -> None:
        """Remove the images that are not to be kept and that nothing runs from, and the layers that are left over."""
        if not self._folder.is_dir():
            return
        kept = {hexadecimal(digest) for digest in keep}
        for path in self._folder.iterdir():
            if path.name != _LAYERS and path.name not in kept:
                _remove_unless_held(path)
        if not self._layers.is_dir():
            return
        used = {
            hexadecimal(layer.digest)
            for path in self._folder.iterdir()
            if path.name != _LAYERS and (path / MANIFEST).is_file()
            for layer in Unpacked(path).manifest.layers
        }
        for path in self._layers.iterdir():
            if path.name not in used:
                _remove_unless_held(path)

    def _place(self, digest: str) -> Path:
        return self._folder / hexadecimal(digest)

    def _fill(self, new: Path, layout: Layout, manifest: Manifest) -> None:
        (new / MANIFEST).write_bytes(manifest.text)
        (new / CONFIG).write_bytes(layout.blob(manifest.config))
        root = new / _ROOT
        root.mkdir()
        for layer in manifest.layers:
            with self._layer(layout, layer) as unpacked:
                layers.stack(unpacked, root)

    @contextmanager
    def _layer(self, layout: Layout, layer: Layer) -> Iterator[Path]:
        """A layer's folder, which nobody removes meanwhile."""
        place = self._layers / hexadecimal(layer.digest)
        while True:
            if not place.is_dir():
                self._make(place, lambda new: _unpack(layout, layer, new))
            with contextlib.suppress(FileNotFoundError), _locked(place, fcntl.LOCK_SH) as lock:
                if _is(lock, place):
                    yield place
                    return

    def _make(self, place: Path, fill: Callable[[Path], None]) -> None:
        """Make a folder whole under another name, then give it its own; if somebody else was quicker, theirs stays."""
        place.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=_NEW, dir=place.parent))
        try:
            # Held, so that it is not taken for what a killed process left.
            with _locked(new, fcntl.LOCK_EX):
                fill(new)
                with contextlib.suppress(OSError):
                    new.rename(place)
            if not place.is_dir():
                raise ImageError(f"{place} cannot be made")
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _unpack(layout: Layout, layer: Layer, folder: Path) -> None:
    layers.unpack(layout.verified(layer.digest), folder, compressed=layer.compressed)


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[int]:
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, kind)
        yield lock
    finally:
        os.close(lock)


def _is(descriptor: int, path: Path) -> bool:
    """Whether the open folder is still the one with this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _remove_unless_held(path: Path) -> None:
    try:
        with _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
            # Under another name first: from now on nobody takes it for whole.
            gone = Path(tempfile.mkdtemp(prefix=_NEW, dir=path.parent))
            path.rename(gone)
            shutil.rmtree(gone)
    except (BlockingIOError, FileNotFoundError):
        return  # Something runs from it, or somebody else has removed it.
