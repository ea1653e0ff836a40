"""Cases by seed: each scenario is a mixture of what can go wrong, drawn so that hard moments are common.

The same scenario and seed draw the same case for ever, on every machine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from orchestrator.core.model import Pipeline, Step, When
from orchestrator.engine.trigger import Wish
from orchestrator.testing import build
from tests.simulation.cases import Act, Case, Stimulus, What
from tests.simulation.faults import Call, Fault, Kind

_NAMES = "abcdefgh"
_CRASHES = (Kind.CRASH_BEFORE, Kind.CRASH_AFTER)
_ANSWERS = (Kind.REFUSED, Kind.LOST)
_FREEZES = (Kind.FROZEN, Kind.LATE)
_OFTEN: Mapping[Call, int] = {
    Call.APPEND: 14,
    Call.READ: 9,
    Call.RUNS: 1,
    Call.CLAIM: 14,
    Call.RELEASE: 1,
    Call.HOLDER: 2,
    Call.CHECK: 1,
    Call.LOOK: 6,
    Call.CREATE: 6,
    Call.OBSERVE: 30,
    Call.CANCEL: 2,
}
"""About how often a process that drives a small run makes each call: faults are drawn among so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """How much of each a scenario has: mean numbers, drawn up to twice as much.

    `trouble` is the share of attempts that do not go well, `hangs` the share of these that somebody has to cancel;
    with `blind` the platform may be slow to show what exists.
    """

    faults: Sequence[Kind] = ()
    many: int = 0
    triggers: int = 2
    wishes: int = 0
    cancels: int = 0
    deploys: int = 0
    stops: int = 0
    jumps: int = 0
    calls: Sequence[Call] = tuple(Call)
    trouble: float = 0.25
    hangs: float = 0.0
    blind: bool = False


SCENARIOS: Mapping[str, Mixture] = {
    "calm": Mixture(triggers=1),
    "crashes": Mixture(faults=_CRASHES, many=4, blind=True),
    "answers": Mixture(faults=(*_ANSWERS, Kind.TWICE), many=4, blind=True),
    "zombies": Mixture(faults=(*_FREEZES, *_FREEZES, Kind.CRASH_AFTER, Kind.TWICE), many=5, triggers=4, blind=True),
    "crowd": Mixture(faults=(*_CRASHES, *_FREEZES), many=2, triggers=6, jumps=1),
    "deploys": Mixture(faults=(*_CRASHES, *_FREEZES, *_ANSWERS), many=2, triggers=3, deploys=2),
    "cancels": Mixture(faults=(*_CRASHES, *_FREEZES, *_ANSWERS), many=2, cancels=1, blind=True),
    "doubles": Mixture(
        faults=(Kind.TWICE, Kind.LOST, Kind.CRASH_AFTER, *_FREEZES),
        calls=(Call.CREATE, Call.LOOK),
        many=4,
        triggers=3,
        hangs=0.4,
        blind=True,
    ),
    "stops": Mixture(
        faults=(*_CRASHES, *_FREEZES, *_ANSWERS),
        calls=(Call.CANCEL, Call.APPEND),
        many=3,
        stops=1,
        trouble=0.5,
        hangs=0.6,
    ),
    "again": Mixture(faults=(*_CRASHES, *_FREEZES, *_ANSWERS), many=2, wishes=3, trouble=0.5),
    "storm": Mixture(
        faults=tuple(Kind),
        many=8,
        triggers=4,
        wishes=2,
        cancels=1,
        deploys=1,
        stops=1,
        jumps=1,
        trouble=0.35,
        blind=True,
    ),
}


def draw(scenario: str, seed: int) -> Case:
    """The case of a scenario with this seed."""
    return _Drawing(scenario, seed).case()


class _Drawing:
    def __init__(self, scenario: str, seed: int) -> None:
        self._scenario = scenario
        self._seed = seed
        self._mixture = SCENARIOS[scenario]
        self._random = Random(f"{scenario} {seed}")  # noqa: S311  (a case is repeatable)

    def case(self) -> Case:
        pipeline = self._pipeline()
        changes = tuple(self._some(tuple(pipeline.steps)) for _ in range(self._up_to(self._mixture.deploys)))
        stimuli = self._stimuli(pipeline, len(changes))
        return Case(
            seed=self._seed,
            scenario=self._scenario,
            pipeline=pipeline,
            changes=changes,
            acts=tuple(self._acts(pipeline)),
            stimuli=tuple(sorted(stimuli, key=lambda each: each.at)),
            faults=tuple(self._faults(stimuli)),
            visible_within=self._random.choice((0.0, 1.0, 3.0)) if self._mixture.blind else 0.0,
        )

    def _up_to(self, mean: int) -> int:
        return self._random.randint(0, 2 * mean) if mean else 0

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _some(self, names: Sequence[str]) -> frozenset[str]:
        return frozenset(name for name in names if self._chance(0.4))

    def _pipeline(self) -> Pipeline:
        steps = list[Step]()
        for name in _NAMES[: self._random.randint(2, 6)]:
            needs = [each.name for each in steps if self._chance(0.45)]
            tasks = self._random.choice((1, 1, 1, 2, 3))
            made = build.step(
                name,
                needs,
                when=When.ALL_DONE if self._chance(0.15) else When.ALL_SUCCESS,
                tasks=tasks,
                parallelism=tasks,
                timeout=timedelta(seconds=20),
                retry=build.attempts(self._random.randint(1, 3), initial=timedelta(seconds=1)),
            )
            steps.append(made)
        minutes = self._random.choice((2, 60, 60))
        return build.pipeline(*steps, parallelism=self._random.randint(1, 4), deadline=timedelta(minutes=minutes))

    def _acts(self, pipeline: Pipeline) -> Sequence[Act]:
        acts = list[Act]()
        for name in pipeline.steps:
            for number in range(1, 5):
                act = Act(
                    step=name,
                    number=number,
                    takes=round(self._random.uniform(0.1, 2), 2),
                    starts_after=self._random.choice((0.1, 0.3, 0.3, 3.0)),
                )
                acts.append(self._troubled(act) if self._chance(self._mixture.trouble) else act)
        return acts

    def _troubled(self, act: Act) -> Act:
        if self._chance(self._mixture.hangs):
            return dataclasses.replace(act, takes=None)
        ways = (
            (8, dataclasses.replace(act, code=1)),
            (2, dataclasses.replace(act, code=65)),
            (4, dataclasses.replace(act, vanishes=True)),
            (2, dataclasses.replace(act, refused=True)),
            (1, dataclasses.replace(act, takes=None)),
            (6, dataclasses.replace(act, takes=8.0)),
            (2, dataclasses.replace(act, takes=60.0)),
        )
        (way,) = self._random.choices([way for _, way in ways], [weight for weight, _ in ways])
        return way

    def _stimuli(self, pipeline: Pipeline, deploys: int) -> list[Stimulus]:
        mixture = self._mixture
        names = [f"d{number}" for number in range(1, 1 + self._random.randint(1, max(1, mixture.triggers)))]
        stimuli = [self._trigger(name, 0.0 if name == "d1" else self._at()) for name in names]
        for number in range(self._up_to(mixture.wishes)):
            wish = self._random.choice((Wish.RETRY, Wish.RETRY, Wish.RERUN))
            start = self._random.choice(tuple(pipeline.steps)) if self._chance(0.4) else None
            made = self._trigger(f"w{number + 1}", self._at(), most=90)
            stimuli.append(dataclasses.replace(made, wish=wish, start=start))
        stimuli += [
            Stimulus(at=self._at(), what=What.CANCEL, name=f"c{number + 1}", again=1)
            for number in range(self._random.randint(1, 2 * mixture.cancels) if mixture.cancels else 0)
        ]
        stimuli += [Stimulus(at=self._at(), what=What.DEPLOY, release=number + 1) for number in range(deploys)]
        stimuli += [
            Stimulus(at=self._at(), what=What.STOP, name=self._random.choice(names))
            for _ in range(self._up_to(mixture.stops))
        ]
        stimuli += [
            Stimulus(
                at=self._at(), what=What.JUMP, name=self._random.choice(names), skew=self._random.uniform(-40.0, 40.0)
            )
            for _ in range(self._up_to(mixture.jumps))
        ]
        return stimuli

    def _at(self) -> float:
        return round(self._random.uniform(0, self._random.choice((1, 8, 30, 60))), 2)

    def _trigger(self, name: str, at: float, *, most: float = 0.0) -> Stimulus:
        return Stimulus(
            at=round(at + self._random.uniform(0, most), 2),
            what=What.TRIGGER,
            name=name,
            again=self._random.randint(0, 3),
            skew=round(self._random.uniform(-10, 10), 2) if self._chance(0.5) else 0.0,
            allow_mixed=self._chance(0.3),
        )

    def _faults(self, stimuli: Sequence[Stimulus]) -> Sequence[Fault]:
        who = [
            f"{each.name}.{life}"
            for each in stimuli
            if each.what in {What.TRIGGER, What.CANCEL}
            for life in range(1, each.again + 2)
        ]
        calls = self._mixture.calls
        weights = [_OFTEN[call] for call in calls]
        faults = list[Fault]()
        for _ in range(self._up_to(self._mixture.many)):
            (call,) = self._random.choices(calls, weights)
            kind = self._random.choice(self._mixture.faults)
            if kind is Kind.TWICE:
                call = Call.CREATE
            faults.append(
                Fault(
                    who=self._random.choice(who),
                    call=call,
                    nth=self._random.randint(1, _OFTEN[call]),
                    kind=kind,
                    seconds=self._random.choice((2.0, 8.0, 20.0, 45.0)) if kind in _FREEZES else 0.0,
                )
            )
        return faults
