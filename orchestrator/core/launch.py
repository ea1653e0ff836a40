"""Everything that a runner is told about an attempt that it shall start, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.core.model import Image, Step
from orchestrator.core.states import RunView
from steps.kit import contract
from steps.kit.contract import AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One attempt: which step from which image, and the contract variables that every one of its tasks sees."""

    attempt: AttemptId
    step: Step
    image: Image
    environment: Mapping[str, str]


def launch(view: RunView, attempt: AttemptId) -> Launch:
    """The launch of an attempt under the release and the storage that its run keeps."""
    pipeline = view.release.pipeline
    return Launch(
        attempt=attempt,
        step=pipeline.steps[attempt.step],
        image=view.release.images[attempt.step],
        environment={
            contract.RUN: str(attempt.run),
            contract.STEP: attempt.step,
            contract.ATTEMPT: str(attempt),
            contract.LOGICAL_DATE: attempt.run.logical_date.isoformat(),
            contract.TIME_ZONE: pipeline.schedule.time_zone,
            contract.STORAGE: view.storage,
        },
    )
