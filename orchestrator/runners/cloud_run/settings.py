"""Where a project's jobs run, and how much may be asked of Cloud Run there. Flags become these values in `app`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Project and region; what is not named here the machine is asked for, in the cloud.

    `endpoint` is HOST:PORT of an emulator, spoken to in plain text and without credentials.
    """

    project: str | None
    region: str | None
    endpoint: str | None = None
    rest: bool = False
    """Whether calls travel by REST, for networks that let no gRPC through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How patient the runner is, in seconds, and what it may do."""

    launches_per_minute: int = 60
    """How many executions to start a minute; Cloud Run has a quota of such calls for a project and region."""
    poll_by_listing: bool = False
    """Whether to look at many executions by one listing of the whole region.

    That needs `run.executions.list` on the project (roles/run.viewer), and not on each job alone.
    """
    visible: float = 10.0
    """How long a new execution may stay unseen by the calls that look for it."""
    quota: float = 300.0
    """How long a start waits for quota before the attempt counts as not started."""
    outage: float = 600.0
    """How long no look may succeed before the platform counts as unavailable."""
    refused: float = 60.0
    """The same, while the platform refuses rather than fails."""
