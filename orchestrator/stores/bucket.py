"""An object store as the event store uses it: create what must not exist yet, read, list, remove, and ask its clock.

`file:///FOLDER` and `gs://BUCKET/PREFIX` by obstore; a bucket and a folder behave alike. Nothing is ever overwritten:
of two that create the same object one is refused, and that is all the locking there is. It must never retry what is not
safe to repeat. What lies where is said in `object_log`, `object_lease` and `object_store`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
import tenacity
from obstore import exceptions
from obstore.store import GCSStore, LocalStore, ObjectStore

from orchestrator.core.errors import Unavailable
from orchestrator.stores.writer import Writer

_PATIENCE = timedelta(seconds=30)
"""For how long one operation is tried: a third of it by obstore, request by request, the rest by repeated creates."""
_READERS = 8


class Bucket:
    """Objects by their keys. `url` is its address in messages. Raises Unavailable."""

    def __init__(
        self, store: ObjectStore, url: str, *, folder: Path | None = None, patience: timedelta = timedelta()
    ) -> None:
        self._store = store
        self._url = url
        self._folder = folder
        self._patience = patience
        self._writer = Writer()
        self._lasting: set[Path] = set()
        """Folders whose own names were flushed."""

    @classmethod
    def open(cls, url: str, *, allow_http: bool = False, patience: timedelta = _PATIENCE) -> Bucket:
        """The bucket or folder at a URL; a folder is made. Without TLS for a service on this machine only."""
        with _translated(url):
            if url.startswith("file:"):
                folder = Path(unquote(urlsplit(url).path))
                return cls(LocalStore(folder, mkdir=True), url, folder=folder)
            store = GCSStore.from_url(
                url,
                client_options={
                    "connect_timeout": timedelta(seconds=5),
                    "timeout": timedelta(seconds=10),
                    "allow_http": allow_http,
                },
                retry_config={
                    "max_retries": 6,
                    "retry_timeout": patience / 3,
                    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2)},
                },
            )
            return cls(store, url, patience=patience * 2 / 3)

    def create(self, key: str, body: bytes) -> bool:
        """Write an object that must not exist yet, durably. False when there is another one already.

        `body` has to be the writer's alone: by it a writer knows its own object when the answer was lost.
        """
        with _translated(f"{self._url} at {key}"):
            created = self._retrying()(self._put, key, body) or self.read(key) == body
            if created and self._folder is not None:
                self._flush(self._folder / key, self._folder)
            return created

    def read(self, key: str) -> bytes | None:
        """The content of an object; None when there is none."""
        with _translated(f"{self._url} at {key}"):
            try:
                return bytes(obstore.get(self._store, key).bytes())
            except FileNotFoundError:
                return None

    def read_all(self, keys: Sequence[str]) -> list[bytes | None]:
        """The contents of objects, several at a time."""
        if len(keys) <= 1:
            return [self.read(key) for key in keys]
        with ThreadPoolExecutor(min(_READERS, len(keys))) as pool:
            return list(pool.map(self.read, keys))

    def objects(self, folder: str) -> Mapping[str, datetime]:
        """The names of the objects in a folder, and when each was written by the store's clock."""
        with _translated(f"{self._url} at {folder}/"):
            found = [entry for page in obstore.list(self._store, prefix=folder) for entry in page]
        return {entry["path"].removeprefix(f"{folder}/"): entry["last_modified"] for entry in found}

    def folders(self, folder: str) -> list[str]:
        """The names of the folders that lie directly in a folder."""
        with _translated(f"{self._url} at {folder}/"):
            found = obstore.list_with_delimiter(self._store, prefix=folder)["common_prefixes"]
        return [each.removeprefix(f"{folder}/") for each in found]

    def remove(self, key: str) -> None:
        """Remove an object, if it is there."""
        with _translated(f"{self._url} at {key}"), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, key)

    def now(self) -> datetime:
        """The store's time: that of an object which is written to learn it."""
        key = f"clock/{self._writer.next()}"
        with _translated(f"{self._url} at {key}"):
            self._retrying()(self._put, key, b"")
            time: datetime = obstore.head(self._store, key)["last_modified"]
            self.remove(key)
        return time.astimezone(dt.UTC)

    def _put(self, key: str, body: bytes) -> bool:
        """Whether it is written; else there is one, perhaps by an earlier call whose answer was lost."""
        try:
            obstore.put(self._store, key, body, mode="create", use_multipart=False)
        except exceptions.AlreadyExistsError:
            return False
        return True

    def _flush(self, path: Path, root: Path) -> None:
        """Let a power cut not undo what was created: the file, its name, and the names of new folders on the way."""
        _sync(path)
        _sync(path.parent)
        folder = path.parent
        while folder not in {root, *self._lasting}:
            _sync(folder.parent)
            self._lasting.add(folder)
            folder = folder.parent

    def _retrying(self) -> tenacity.Retrying:
        """For creates: obstore repeats none whose answer was lost."""
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(exceptions.GenericError),
            stop=tenacity.stop_after_delay(self._patience),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=2),
            reraise=True,
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _translated(place: str) -> Iterator[None]:
    try:
        yield
    except (exceptions.BaseError, OSError, ValueError) as err:
        what = str(err).partition("\n")[0].rstrip(".: ")
        raise Unavailable(f"the store {place} cannot be used: {what}: {_remedy(err)}") from err


def _remedy(err: Exception) -> str:
    if "token request" in str(err) or "metadata" in str(err) or "credential" in str(err):
        return "name the account to use: gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS"
    refused = isinstance(err, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError | PermissionError)
    if refused or " 403 " in str(err) or " 401 " in str(err):
        return "let this account list, read, create and delete objects there"
    if isinstance(err, FileNotFoundError) or " 404 " in str(err):
        return "make the bucket, or name one that exists"
    return "see whether it can be reached from here and has space; the run can go on then"
