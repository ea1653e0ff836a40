"""What an execution says, from Cloud Logging: entries as they come in, each once.

Entries arrive late and out of order, so each question goes back a little and what was told before is left out. It must
never be asked often: a project may ask sixty times a minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import requests
from google.auth.exceptions import GoogleAuthError

_ADDRESS: Final = "https://logging.googleapis.com"
_BACK: Final = timedelta(seconds=30)
_SECONDS: Final = 20.0
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line: how grave it is, as Cloud Logging says, and its words."""

    severity: str
    text: str


class Entries:
    """The entries of one execution since it was made. `session` carries the credentials."""

    def __init__(
        self, session: requests.Session, project: str, execution: str, *, since: datetime, address: str | None = None
    ) -> None:
        self._session = session
        self._project = project
        self._execution = execution
        self._since = since
        self._url = f"{address or _ADDRESS}/v2/entries:list"
        self._told: set[str] = set()

    def new(self) -> list[Said]:
        """The lines that were not told yet, in their order. Raises OSError where Cloud Logging cannot be asked."""
        found = [entry for entry in self._listed() if entry.get("insertId", "") not in self._told]
        self._told |= {entry.get("insertId", "") for entry in found}
        if found:
            latest = max(datetime.fromisoformat(entry["timestamp"]) for entry in found)
            self._since = max(self._since, latest - _BACK)
        return [said for entry in found if (said := _said(entry)).text]

    def _listed(self) -> Iterator[Mapping[str, Any]]:
        page = ""
        while True:
            body: dict[str, Any] = {
                "resourceNames": [f"projects/{self._project}"],
                "filter": 'resource.type="cloud_run_job" '
                f'labels."run.googleapis.com/execution_name"="{self._execution}" '
                f'timestamp>="{self._since.isoformat()}"',
                "orderBy": "timestamp asc",
                "pageSize": _PAGE,
                **({"pageToken": page} if page else {}),
            }
            try:
                response = self._session.post(self._url, json=body, timeout=_SECONDS)
                response.raise_for_status()
                answer = response.json()
            except GoogleAuthError as err:
                raise OSError(f"the credentials cannot be used: {err}") from err
            yield from answer.get("entries", [])
            if not (page := answer.get("nextPageToken", "")):
                return


def _said(entry: Mapping[str, Any]) -> Said:
    payload = entry.get("jsonPayload", {})
    return Said(
        severity=str(entry.get("severity", "DEFAULT")), text=str(entry.get("textPayload") or payload.get("message", ""))
    )
