"""The table of rights: who may do what on what, and why, from plans to the text of docs/iam.md. Pure.

A row that all steps have is one row; so a step that is added changes the page only if it may do something of its own.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from terraform.checks import plans
from terraform.checks.plans import Resource

_ON: Final = {
    "google_artifact_registry_repository_iam_member": ("repository", "the repository {}"),
    "google_cloud_run_v2_job_iam_member": ("name", "the job {}"),
    "google_project_iam_member": (None, "the project"),
    "google_secret_manager_secret_iam_member": ("secret_id", "the secret {}"),
    "google_service_account_iam_member": ("service_account_id", "the identity {}"),
    "google_storage_bucket_iam_member": ("bucket", "the bucket {}"),
}

_GIVES: Final = re.compile("_iam_(?:binding|member|policy)$|_access_control$|_acl$")

_STEP: Final = "STEP"

_INTRODUCTION: Final = """\
# Who may do what

Every right that Terraform gives, on what, and why it is needed.
A program makes this page from the plans of prod and of the foundation, with CI switched on: \
`./bazelw run //terraform:rights`.
A check compares them ([Terraform](terraform.md)).

A right is on the narrowest thing that has rights: a job, a secret, a bucket, an identity; in the whole project only \
where there is nothing narrower.
Each job has an identity of its own, and so has each thing that Cloud Scheduler calls.
No key of an identity exists: jobs get theirs from Cloud Run, CI logs in by the token of its own platform.
"""

_END: Final = """\
## What is not here

The project's owners may do everything.
Whoever reaches Terraform's state bucket may read how everything is set; no secret is in the state.
Values of secrets are set by `./bazelw run //deploy:secret` and read by the identities above.
`ci-apply` may set the rights on jobs, secrets, buckets and identities of the project, because a step that is added \
brings new ones; by this it could give itself any of them.
So a project holds one environment of nightjar and nothing that CI should not reach, and what CI applies comes from \
one branch, behind a review.
The network, the database and the roles themselves are made and changed by owners only: CI reads them.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One right as the plan has it."""

    who: str
    role: str
    on: str
    condition: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How identities are called: by their addresses, and which of them are steps'. `pipeline` begins names of jobs."""

    identities: Mapping[str, str]
    steps: frozenset[str]
    pipeline: str


def rights(plan: Mapping[str, Any], names: Names) -> list[Right]:
    """The rights that a plan gives, in the order of their names. Raises ValueError for one that says not why."""
    reasons: Mapping[str, str] = plans.outputs(plan)["grants"]
    found = [each for each in plans.resources(plan) if each.kind in _ON]
    rest = (each for each in plans.resources(plan) if _GIVES.search(each.kind) and each.kind not in _ON)
    unknown = sorted(each.address for each in rest)
    silent = sorted(each.address for each in found if each.key not in reasons)
    if unknown or silent:
        raise ValueError(f"no reason is given for {', '.join([*unknown, *silent])}")
    return [_right(each, reasons[each.key], names) for each in sorted(found, key=lambda each: (each.kind, each.key))]


def roles(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """Our own roles and what they allow."""
    found = plans.of_kind(plan, "google_project_iam_custom_role")
    return {each.values["role_id"]: sorted(each.values["permissions"]) for each in found}


def page(environment: Iterable[Right], foundation: Iterable[Right], own: Mapping[str, list[str]], names: Names) -> str:
    """The text of docs/iam.md."""
    parts = [
        _INTRODUCTION,
        "## The pipeline\n\n" + _table(_merged(list(environment), names)),
        "## CI\n\n" + _table(list(foundation)),
        "## Roles of our own\n\nWhere a predefined role is wider than what is needed, or holds too little.\n\n"
        + _lines("| role | allows |", (f"| `{role}` | {_code(own[role])} |" for role in sorted(own))),
        _END,
    ]
    return "\n".join(parts)


def _right(resource: Resource, why: str, names: Names) -> Right:
    field, words = _ON[resource.kind]
    target = str(resource.values[field]) if field else ""
    conditions = resource.values.get("condition") or []
    return Right(
        who=_who(resource, names),
        role=resource.values["role"].rpartition("/")[2],
        on=words.format(f"`{_short(target)}`"),
        condition=conditions[0]["title"] if conditions else "",
        why=why,
    )


def _who(resource: Resource, names: Names) -> str:
    """By what the plan knows; the pool of CI has no name before it exists, so its members are told by the key."""
    member = resource.values.get("member")
    if member is None:
        return resource.key.partition("/")[0]
    address = str(member).partition(":")[2]
    return names.identities.get(address, address.partition("@")[0])


def _short(target: str) -> str:
    return target.rpartition("/")[2].partition("@")[0]


def _merged(found: list[Right], names: Names) -> list[Right]:
    """Rights that differ in the step alone are one."""
    together: dict[Right, set[str]] = defaultdict(set)
    for each in found:
        step, alike = _of_step(each, names)
        together[alike].add(step)
    return [_named(alike, _steps(steps, names)) for alike, steps in together.items()]


def _of_step(right: Right, names: Names) -> tuple[str, Right]:
    """The step that a right is of or about, if there is one, and the right with the step left out."""
    if right.who in names.steps:
        return right.who, dataclasses.replace(right, who=_STEP)
    job = re.fullmatch(rf"the (?:job|identity) `{re.escape(names.pipeline)}-(.+)`", right.on)
    if job is not None and (step := job[1].replace("-", "_")) in names.steps:
        return step, dataclasses.replace(right, on=right.on.replace(f"`{names.pipeline}-{job[1]}`", f"of {_STEP}"))
    return "", right


def _named(right: Right, steps: str) -> Right:
    return dataclasses.replace(right, who=right.who.replace(_STEP, steps), on=right.on.replace(_STEP, steps))


def _steps(steps: set[str], names: Names) -> str:
    return "every step" if steps == names.steps else ", ".join(sorted(steps))


def _table(found: Iterable[Right]) -> str:
    rows = (
        f"| {each.who} | `{each.role}` | {each.on}{f', only {each.condition}' if each.condition else ''} | {each.why} |"
        for each in sorted(found, key=lambda each: (each.who, each.on, each.role))
    )
    return _lines("| who | may | on | why |", rows)


def _lines(heading: str, rows: Iterable[str]) -> str:
    return "\n".join([heading, "|---" * (heading.count("|") - 1) + "|", *rows]) + "\n"


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
