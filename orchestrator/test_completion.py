from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from orchestrator import cli, completion
from orchestrator.completion import Command


@pytest.fixture(scope="module")
def known() -> dict[str, Command]:
    return {command.name: command for command in completion.commands(cli._parser())}


def complete(tmp_path: Path, *words: str) -> set[str]:
    """What bash proposes for the last of these words."""
    script = tmp_path / "completion.bash"
    script.write_text(completion.script(cli._parser(), "bash"), encoding="utf-8")
    asked = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nightjar; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(
        [shutil.which("bash") or "bash", "-uc", asked, "bash", str(script), "nightjar", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_every_command_is_known(known: dict[str, Command]) -> None:
    """With its options, choices, and where it wants files."""
    assert {"run", "retry", "rerun", "backfill", "cancel", "status", "logs", "plan", "validate", "graph"} <= set(known)
    options = {option.flag: option for option in known["graph"].options}
    assert options["--format"].choices == ("text", "mermaid", "json")
    assert not options["--json"].takes_value
    assert options[""].files


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_have_every_option(known: dict[str, Command], shell: str) -> None:
    """For each shell, and no quote of a help text closes one of the script's."""
    script = completion.script(cli._parser(), shell)
    for command in known.values():
        assert command.name in script
        for option in command.options:
            assert option.flag.removeprefix("--") in script
            assert "'" not in option.text


def test_bash_completes(tmp_path: Path) -> None:
    """Commands, options, choices, and files."""
    (tmp_path / "pipeline.yaml").touch()
    assert complete(tmp_path, "re") == {"retry", "rerun"}
    assert complete(tmp_path, "status", "--l") == {"--limit"}
    assert complete(tmp_path, "run", "--log-format", "") == {"auto", "text", "json"}
    assert complete(tmp_path, "validate", "pipe") == {"pipeline.yaml"}
    assert complete(tmp_path, "run", "--release", "pipe") == {"pipeline.yaml"}
    assert complete(tmp_path, "completion", "z") == {"zsh"}
    assert complete(tmp_path, "run", "--date", "") == set()
