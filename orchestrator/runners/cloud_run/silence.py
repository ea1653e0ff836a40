"""How long no look at an execution has succeeded: said once when it begins, unbearable after minutes."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from orchestrator.core.errors import Unavailable
from orchestrator.runners.cloud_run.calls import CallFailed, Kind

_LOG = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Silence:
    """`outage` and `refused` are how many seconds of failures and of refusals are borne."""

    outage: float
    refused: float
    _since: float | None = None

    def failed(self, error: CallFailed, now: float) -> None:
        """A look failed. Raises Unavailable when it has been too long."""
        borne = self.refused if error.kind is Kind.REFUSED else self.outage
        if self._since is None:
            self._since = now
            _LOG.warning("Cloud Run does not tell how executions are (%s); asking again for %d s", error, borne)
        elif now - self._since > borne:
            raise Unavailable(
                f"Cloud Run has not told how executions are for {now - self._since:.0f} s: {error}. They run on; "
                f"mend that if it is on this side, and run the day again"
            ) from error

    def over(self) -> None:
        """A look succeeded."""
        self._since = None
