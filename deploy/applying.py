"""Applying a release to an environment: plan, say it in people's words, check, ask, do, wait, write it down.

A release is in the history only when all of it was applied. `plan`, `apply` and `rollback` are parts of this.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from deploy import checks, readiness, wording
from deploy.errors import NotReady
from deploy.files import write
from deploy.history import History
from deploy.target import Target, crane, read_release
from deploy.terraform import Terraform

_SECRETS = ("module.pipeline.module.secrets.google_secret_manager_secret.this",)
_READY_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan that was made and shown."""

    terraform: Terraform
    changes: bool
    secrets: dict[str, str]
    """Name to version of what jobs read."""


def plan(target: Target, release: pathlib.Path, *, targets: Sequence[str] = (), short: bool = False) -> Planned:
    """Make a plan and print it: what changes for people, then Terraform's own words."""
    made = target.terraform(release)
    made.init()
    changes = made.plan(targets=targets)
    planned = made.planned()
    print("\n".join(wording.words(planned)))
    if changes and not short:
        print(f"\nTerraform's own plan:\n\n{made.plan_text(colour=sys.stdout.isatty())}")
    secrets = wording.outputs(planned).get("secrets") or {}
    return Planned(terraform=made, changes=changes, secrets=secrets)


def apply(target: Target, release: pathlib.Path, options: argparse.Namespace, *, applied_before: bool = False) -> None:
    """Apply a release. Raises DeployError, having changed nothing unless Terraform says so."""
    text, made = read_release(release)
    checks.check(made, target.workspace, crane(), allow_dirty=options.allow_dirty, applied_before=applied_before)
    planned = plan(target, release, short=options.short)
    checks.check_secrets(planned.secrets, target)
    _do(planned, target, yes=options.yes)
    jobs = readiness.of_state(planned.terraform.state())
    if not options.no_wait:
        readiness.wait(target, jobs, patience=_READY_SECONDS)
    history = target.history()
    newest = history.newest()
    if newest is None or (newest.text, newest.jobs) != (text, jobs):
        print(f"{target.name}: release {history.add(text, jobs)} of {history.name}: {made.revision}")
    else:
        print(f"{target.name}: release {newest.number} of {history.name}, as before: {made.revision}")


def apply_secrets(target: Target, release: pathlib.Path, options: argparse.Namespace) -> None:
    """Make the secrets alone, so that they can be given values; jobs can be made only then."""
    read_release(release)
    planned = plan(target, release, targets=_SECRETS, short=options.short)
    _do(planned, target, yes=options.yes, partly=True)


def go_back(target: Target, options: argparse.Namespace) -> None:
    """Apply an earlier release of the history."""
    history: History = target.history()
    found = history.earlier(options.to)
    path = target.data / "rollback.json"
    write(path, found.text)
    print(f"back to release {found.number} of {history.name}: {found.release.revision}")
    apply(target, path, options, applied_before=True)


def _do(planned: Planned, target: Target, *, yes: bool, partly: bool = False) -> None:
    if not planned.changes:
        return
    confirm(target, yes=yes)
    planned.terraform.apply(partly=partly)


def confirm(target: Target, *, yes: bool) -> None:
    """Return if somebody agreed to the plan that was shown. Raises NotReady."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise NotReady("nobody is there to agree to this plan: --yes applies it without asking")
    if input(f"Apply this to {target.name}? Only `yes` does: ").strip() != "yes":
        raise NotReady("nothing was applied")
