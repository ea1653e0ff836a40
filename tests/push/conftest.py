from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.push.gate import USER, Gate, gate

_PATIENCE = 60.0


@pytest.fixture
def crane() -> pathlib.Path:
    """The program that is pushed with."""
    return pathlib.Path(os.environ["CRANE"]).absolute()


@pytest.fixture
def registry(tmp_path: pathlib.Path, crane: pathlib.Path) -> Iterator[int]:
    """The port of crane's own registry, empty."""
    log = tmp_path / "registry.log"
    with log.open("wb") as stream:
        command: list[str | pathlib.Path] = [crane, "registry", "serve", "--address", "127.0.0.1:0"]
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        give_up = time.monotonic() + _PATIENCE
        while (found := re.search(r"port (\d+)", log.read_text())) is None:
            assert process.poll() is None and time.monotonic() < give_up, log.read_text()  # noqa: PT018
            time.sleep(0.01)
        yield int(found[1])
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def strict(registry: int, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """A registry that wants tokens, with this user logged in."""
    with contextlib.ExitStack() as stack:
        found = stack.enter_context(gate(registry))
        login(tmp_path / "docker", found.host, USER)
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
        yield found


def login(folder: pathlib.Path, host: str, user: str) -> None:
    """What `docker login` would leave."""
    folder.mkdir(exist_ok=True)
    auth = {"auth": base64.b64encode(user.encode()).decode()}
    (folder / "config.json").write_text(json.dumps({"auths": {host: auth}}))
