"""pip's settings on this machine, in the words of uv, so that one configuration serves both.

The stand-in for rules_python downloads through pip; uv, which resolves, reads neither pip.conf nor PIP_ variables.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

_SAME = {
    "cert": "SSL_CERT_FILE",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "index-url": "UV_DEFAULT_INDEX",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "trusted-host": "UV_INSECURE_HOST",
}


def read_pip(listing: str) -> dict[str, str]:
    """Read `pip config list`: `global.index-url='…'`. The environment wins over a section, that over global."""
    order = {"global": 0, "download": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        key, separator, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if separator and section in order and order[section] >= found.get(name, (-1, ""))[0]:
            found[name] = (order[section], str(ast.literal_eval(value)))
    return {name: value for name, (_, value) in found.items()}


def for_uv(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that tell uv what pip was told; lists are separated by blanks, as uv wants them."""
    return {_SAME[name]: " ".join(value.split()) for name, value in settings.items() if name in _SAME and value}
