"""What a step knows about the attempt that it is: the environment, read once, checked, frozen.

The names and their meaning are those of `contract`. A step never reads `os.environ` itself: its own settings are read
by the function that it hands to `entry.main`, so that a wrong setting is reported together with everything else.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from steps.kit import contract
from steps.kit.contract import AttemptId, RunId
from steps.kit.environment import Environment
from steps.kit.log import Log
from steps.kit.storage import check_url

_GIVEN = "the orchestrator sets it; to run the step by hand use `--date`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context[S]:
    """One task of one attempt. `start` and `end` bound the logical date's local day in UTC: [start, end)."""

    attempt: AttemptId
    time_zone: zoneinfo.ZoneInfo
    start: dt.datetime
    end: dt.datetime
    task_index: int
    task_count: int
    storage_url: str
    settings: S
    public: Mapping[str, str]
    log: Log

    @property
    def run(self) -> RunId:
        """The run that the attempt belongs to."""
        return self.attempt.run

    @property
    def step(self) -> str:
        """The step's name."""
        return self.attempt.step

    @property
    def logical_date(self) -> dt.date:
        """The local calendar day whose data the run processes."""
        return self.attempt.run.logical_date


def read_context[S](values: Mapping[str, str], settings: Callable[[Environment], S], *, log: Log) -> Context[S]:
    """Read the environment. Raises Misconfigured with every problem of the contract's names and of the settings."""
    environment = Environment(values)
    attempt = _attempt(environment)
    zone = environment.read(contract.TIME_ZONE, _zone, remedy="give an IANA name such as America/New_York")
    storage = environment.read(contract.STORAGE, check_url, remedy="give the object store's URL")
    index, count = _task(environment)
    own = settings(environment)
    environment.check()
    start, end = contract.day_bounds(attempt.run.logical_date, zone)
    return Context(
        attempt=attempt, time_zone=zone, start=start, end=end, task_index=index, task_count=count,
        storage_url=storage, settings=own, public=environment.public, log=log,
    )  # fmt: skip


def _attempt(environment: Environment) -> AttemptId:
    run = environment.read(contract.RUN, _not_a_value(RunId.parse), remedy=_GIVEN)
    step = environment.read(contract.STEP, str, remedy=_GIVEN)
    attempt = environment.read(contract.ATTEMPT, _not_a_value(AttemptId.parse), remedy=_GIVEN)
    date = environment.read(contract.LOGICAL_DATE, iso_date, remedy=_GIVEN)
    if environment.sound:
        same = (attempt.run, attempt.step, attempt.run.logical_date) == (run, step, date)
        environment.require(
            same,
            f"{contract.ATTEMPT}={attempt} is of another run, step or date than {contract.RUN}={run}, "
            f"{contract.STEP}={step} and {contract.LOGICAL_DATE}={date}: {_GIVEN}",
        )
    return attempt


def _task(environment: Environment) -> tuple[int, int]:
    index = environment.read(contract.TASK_INDEX, _whole_number, default="0", remedy="Cloud Run counts tasks from 0")
    count = environment.read(contract.TASK_COUNT, _whole_number, default="1", remedy="Cloud Run gives at least 1")
    if environment.sound:
        environment.require(
            index < count,
            f"{contract.TASK_INDEX}={index} is not below {contract.TASK_COUNT}={count}: tasks are counted from 0",
        )
    return index, count


def iso_date(text: str) -> dt.date:
    """A date written YYYY-MM-DD. Raises ValueError that reads on from the text."""
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        date = None
    if date is None or date.isoformat() != text:
        raise ValueError("is not a date written YYYY-MM-DD")
    return date


def _zone(text: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a known time zone") from error


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("is not a whole number")
    return int(text)


def _not_a_value[T](parse: Callable[[str], T]) -> Callable[[str], T]:
    """The contract's parsers name the text themselves; here the text stands before the sentence already."""

    def parse_quietly(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            _, _, rest = str(error).partition(f"{text!r} ")
            raise ValueError(rest or str(error)) from error

    return parse_quietly
