"""Why a release cannot be pushed or deployed: one class for each thing that whoever calls can do about it.

DeployError             the message says what is wrong, which value, what to do; `code` is the exit code
├── WrongInput     65   a file that people write has problems, all of them are told
├── Passing        75   the network or the other side fails now: the same command goes on
├── Denied         77   nobody is logged in, or who is may not
└── NotReady       78   something has to be made or decided first
"""

from __future__ import annotations

from collections.abc import Iterable


class DeployError(Exception):
    """Root; by itself it is what another program said and nobody foresaw."""

    code = 70


class WrongInput(DeployError):  # noqa: N818  (the names say what happened, as the orchestrator's do)
    """Problems of what a person wrote, a line each."""

    code = 65

    @classmethod
    def of(cls, problems: Iterable[str]) -> WrongInput:
        """All problems at once."""
        return cls("\n".join(problems))


class Passing(DeployError):  # noqa: N818
    """It may work when it is tried again, now or later."""

    code = 75


class Denied(DeployError):  # noqa: N818
    """Credentials are missing or do not suffice."""

    code = 77


class NotReady(DeployError):  # noqa: N818
    """A person has to make or decide something first."""

    code = 78


CODES = """exit codes:
  0   done
  1   compared, and something differs
  64  the command line is wrong
  65  a file has problems, all of them are told
  70  something that nobody foresaw; the message has what was said
  75  the network or the other side failed: the same command goes on where it stopped
  77  nobody is logged in, or who is may not do this
  78  something has to be made or decided first; the message says what
"""
