"""The object store as steps use it: create what must not exist yet, read, list. Nothing is ever overwritten.

`file://` for this machine, `gs://` for the cloud, `memory://` for tests. Every write is atomic: obstore writes a local
file under another name and links it into place, and GCS shows an object only when it is whole, so a process that dies
at any moment leaves either nothing or everything. What lies where is said in `layout`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import obstore
from obstore import exceptions
from obstore.store import GCSStore, LocalStore, MemoryStore, ObjectStore

from steps.kit import layout
from steps.kit.errors import BadData, Misconfigured, Unavailable


def check_url(text: str) -> str:
    """The URL as it is. Raises ValueError that reads on from the text when no store has such a URL."""
    parts = urllib.parse.urlsplit(text)
    if parts.query or parts.fragment:
        raise ValueError("has a query or a fragment")
    match parts.scheme, parts.netloc, parts.path:
        case ("file", "", path) if path.startswith("/"):
            return text
        case ("gs", bucket, _) if bucket:
            return text
        case ("memory", "", _):
            return text
    raise ValueError("is not file:///PATH or gs://BUCKET/PREFIX")


@dataclass(frozen=True, slots=True)
class Storage:
    """One object store. Every method raises Unavailable or Misconfigured, never an error of the store's client."""

    store: ObjectStore
    url: str

    @classmethod
    def open(cls, url: str) -> Storage:
        """The store at a URL; a local folder is made. A `memory://` store begins empty at each call."""
        try:
            return cls(_store(check_url(url)), url)
        except (exceptions.BaseError, OSError) as error:
            raise Misconfigured(f"{url}: {_first_line(error)}: check the URL of the store") from error

    def create(self, key: str, data: bytes) -> bool:
        """Write an object that must not exist yet. False when it does; what exists is left as it is."""
        with _translated(f"{self.url} at {key}"):
            try:
                obstore.put(self.store, key, data, mode="create", use_multipart=False)
            except exceptions.AlreadyExistsError:
                return False
            return True

    def read(self, key: str) -> bytes | None:
        """The content of an object, or None when there is none."""
        with _translated(f"{self.url} at {key}"):
            try:
                return bytes(obstore.get(self.store, key).bytes())
            except FileNotFoundError:
                return None

    def names(self, folder: str) -> list[str]:
        """Names of the objects that lie directly in a folder, sorted."""
        return sorted(entry.removeprefix(f"{folder}/") for entry in self._list(folder)[0])

    def folders(self, folder: str) -> list[str]:
        """Names of the folders that lie directly in a folder, sorted."""
        return sorted(entry.removeprefix(f"{folder}/") for entry in self._list(folder)[1])

    def put_object(self, data: bytes) -> str:
        """Keep content under its digest, once; returns the digest."""
        digest = hashlib.sha256(data).hexdigest()
        self.create(layout.object_key(digest), data)
        return digest

    def get_object(self, digest: str) -> bytes:
        """Content by its digest. Raises BadData when it is missing or is not what it was."""
        key = layout.object_key(digest)
        data = self.read(key)
        if data is None:
            raise BadData(f"{self.url} has no object {key}, which a manifest names: rerun the step that wrote it")
        if hashlib.sha256(data).hexdigest() != digest:
            raise BadData(f"{self.url} holds other content at {key} than its name says: remove it and rerun the step")
        return data

    def _list(self, folder: str) -> tuple[list[str], list[str]]:
        with _translated(f"{self.url} at {folder}/"):
            found = obstore.list_with_delimiter(self.store, prefix=folder)
        return [entry["path"] for entry in found["objects"]], list(found["common_prefixes"])


def _store(url: str) -> ObjectStore:
    if url.startswith("file:"):
        return LocalStore.from_url(url, mkdir=True)
    if url.startswith("memory:"):
        return MemoryStore()
    return GCSStore.from_url(
        url,
        client_options={"connect_timeout": dt.timedelta(seconds=5), "timeout": dt.timedelta(seconds=60)},
        retry_config={"max_retries": 6, "retry_timeout": dt.timedelta(seconds=90)},
    )


@contextmanager
def _translated(place: str) -> Iterator[None]:
    try:
        yield
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError) as error:
        raise Misconfigured(f"{place}: {_first_line(error)}: give the step's account access to the store") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Misconfigured(f"{place}: {_first_line(error)}: check the URL of the store") from error
    except (exceptions.BaseError, OSError) as error:
        raise Unavailable(f"{place}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".: ")
