"""Makes what has to exist before a first push: `./bazelw run //deploy:bootstrap -- --env ENV [--dry-run]`.

The bucket of Terraform's state, because nothing else can hold the state of what makes it; then, by Terraform, what
`terraform/foundation` says: APIs, the repository of images, the bucket of releases, CI's identities. Doing it again
changes nothing. It wants an owner of the project, once; every later command wants less.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from deploy import google, wording
from deploy.applying import confirm
from deploy.google import Missing, Service
from deploy.options import Parser, add_environment, told
from deploy.target import FOUNDATION, Target, target


def main(arguments: Sequence[str]) -> int:
    """Explain, then do it; the exit code."""
    parser = Parser("bootstrap", "Makes what has to exist before a first push; again and again, if you like.")
    add_environment(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what is there and what would be made")
    parser.add_argument("--yes", action="store_true", help="make it without asking")
    parser.add_argument("--storage-endpoint", metavar="HOST:PORT", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)

    def work() -> int:
        with target(options) as found:
            print("\n".join(explanation(found)))
            storage = google.service(google.STORAGE, options.storage_endpoint)
            try:
                there = found.local is not None or state_bucket(found, storage, dry=options.dry_run)
            finally:
                storage.close()
            if there:
                foundation(found, dry=options.dry_run, yes=options.yes)
            else:
                print("Terraform can plan the rest once that bucket exists.")
        return 0

    return told("bootstrap", work)


def explanation(found: Target) -> list[str]:
    """What will be there, and why."""
    values = found.values
    return [
        f"{found.name}: what project {values.project} has before a first push",
        f"  1. bucket {values.state_bucket}, which keeps Terraform's state, every version of it",
        f"  2. by {FOUNDATION}: the APIs that are used; the repository {values.repository}; the bucket of",
        f"     releases, {values.releases_bucket}; identities for CI, if the environment has a CI",
        "",
    ]


def state_bucket(found: Target, storage: Service, *, dry: bool) -> bool:
    """Make the bucket of Terraform's state if there is none; whether it exists then."""
    name = found.values.state_bucket
    try:
        storage.get(f"/storage/v1/b/{name}")
    except Missing:
        if dry:
            print(f"bucket {name} would be made in {found.values.region}")
            return False
        storage.post("/storage/v1/b", settings(found), project=found.values.project)
        print(f"bucket {name} is made in {found.values.region}")
        return True
    print(f"bucket {name} is there")
    return True


def settings(found: Target) -> dict[str, Any]:
    """The bucket: nobody outside sees it, no object has rights of its own, and a state that was lost comes back."""
    return {
        "name": found.values.state_bucket,
        "location": found.values.region,
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": True},
            "publicAccessPrevention": "enforced",
        },
        "versioning": {"enabled": True},
        "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"numNewerVersions": 100}}]},
    }


def foundation(found: Target, *, dry: bool, yes: bool) -> None:
    """Let Terraform make the rest."""
    made = found.foundation()
    made.init()
    changes = made.plan()
    print("\n".join(wording.words(made.planned())))
    if changes and not dry:
        confirm(found, yes=yes)
        made.apply()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
