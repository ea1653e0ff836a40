"""Gives a secret a value, or lists versions: `./bazelw run //deploy:secret -- --env ENV set NAME <FILE`.

The value comes from standard input and goes to Secret Manager. It is in no argument, no message and no file, and
Terraform never sees it. The secret itself Terraform makes.
"""

from __future__ import annotations

import argparse
import base64
import getpass
import re
import sys
from collections.abc import Sequence
from typing import Any

from deploy.errors import NotReady, WrongInput
from deploy.google import Missing
from deploy.options import Parser, add_environment, told
from deploy.target import Target, target

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_MOST_BYTES = 65_536


def main(arguments: Sequence[str]) -> int:
    """Set or list; the exit code."""
    parser = Parser("secret", "Gives a secret a value, which comes from standard input, or lists what there is.")
    add_environment(parser)
    parser.add_argument(
        "action", choices=("set", "list"), help="set: read a value from standard input. list: no values"
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the secret, as the pipeline file names it")
    options = parser.parse_args(arguments)
    if options.action == "set" and options.name is None:
        parser.error("set wants the NAME of a secret")

    def work() -> int:
        with target(options) as found:
            return _set(found, options) if options.action == "set" else _list(found, options.name)

    return told("secret", work)


def _set(found: Target, options: argparse.Namespace) -> int:
    if _NAME.fullmatch(options.name) is None:
        raise WrongInput(f"{options.name!r} is no name of a secret: write letters, digits, - and _")
    body = {"payload": {"data": base64.b64encode(_value(options.name)).decode()}}
    try:
        made = found.secrets.post(f"{_path(found)}/{options.name}:addVersion", body)
    except Missing as error:
        raise NotReady(
            f"the secret {options.name} does not exist in {found.values.project}: ./bazelw run //deploy:apply -- "
            f"--env {found.name} --only-secrets makes those of a release"
        ) from error
    print(
        f"{options.name}: version {_last(made['name'])}. Jobs that read `latest` have it from their next execution on."
    )
    return 0


def _value(name: str) -> bytes:
    """What is to be kept secret; a line's end is none of it."""
    if sys.stdin.isatty():
        value = getpass.getpass(f"Value of {name} (it is not shown): ").encode()
    else:
        value = sys.stdin.buffer.read(_MOST_BYTES + 2).removesuffix(b"\n").removesuffix(b"\r")
    if not value:
        raise WrongInput(f"standard input is empty: give the value of {name} there")
    if len(value) > _MOST_BYTES:
        raise WrongInput(f"the value of {name} has more than {_MOST_BYTES} bytes: Secret Manager takes no more")
    return value


def _list(found: Target, name: str | None) -> int:
    """Print names and versions; a value is never asked for."""
    if name is not None:
        for each in _all(found, f"{_path(found)}/{name}/versions", "versions"):
            print(f"{name}  version {_last(each['name'])}  {each['state'].lower()}  {each.get('createTime', '')}")
        return 0
    for each in _all(found, _path(found), "secrets"):
        print(_last(each["name"]))
    return 0


def _all(found: Target, path: str, key: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    page = ""
    while True:
        answer = found.secrets.get(path, **({"pageToken": page} if page else {}))
        items += answer.get(key, [])
        if not (page := answer.get("nextPageToken", "")):
            return items


def _path(found: Target) -> str:
    return f"/v1/projects/{found.values.project}/secrets"


def _last(name: str) -> str:
    return name.rpartition("/")[2]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
