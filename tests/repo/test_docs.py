"""What the documents say exists: links, files, commands, options, states, exit codes."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
from collections.abc import Iterator, Mapping

import pytest

from orchestrator.core.events import KINDS, RunEvent
from orchestrator.core.states import TRANSITIONS, StepState
from orchestrator.exits import ExitCode

ROOT = pathlib.Path(os.environ.get("SOURCES", "pyproject.toml")).parent
ROOT_DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")
ADRS = sorted((ROOT / "docs/adr").glob("*.md"))
ADR_SECTIONS = ["Status", "Context", "Decision", "Consequences", "Alternatives"]
PROGRAMS = {
    "//bench:images": ["bench/images.py"],
    "//deploy:apply": ["deploy/apply.py", "deploy/options.py"],
    "//deploy:bootstrap": ["deploy/bootstrap.py", "deploy/options.py"],
    "//deploy:local": ["deploy/local.py", "deploy/release.py"],
    "//deploy:plan": ["deploy/plan.py", "deploy/options.py"],
    "//deploy:push": ["deploy/push.py"],
    "//deploy:release": ["deploy/release.py"],
    "//deploy:rollback": ["deploy/rollback.py", "deploy/options.py"],
    "//deploy:secret": ["deploy/secret.py", "deploy/options.py"],
    "//deploy:verify": ["deploy/verify.py", "deploy/options.py"],
    "//:lock": ["tools/lock/lock.py"],
    "//:new_step": ["tools/new_step/command.py"],
    "//proof:adoption": ["proof/adoption.py"],
    "//proof:faults": ["proof/faults.py"],
    "//proof:kill": ["proof/kill.py"],
    "//proof:simulation": ["proof/simulation/__main__.py"],
    "//proof:triggers": ["proof/triggers.py"],
    "//steps/NAME": ["steps/kit/entry.py"],
    "//tools/emulator": ["tools/emulator/__main__.py"],
    "//tools/images:report": ["tools/images/report/__main__.py"],
    "//tools/images:shell": ["tools/images/run/__main__.py"],
}
"""Programs whose options the documents show, and where they are declared; `nightjar` is asked itself."""
HOSTS = frozenset({"github.com"})
"""Whom documents may link to."""


def documents() -> dict[str, str]:
    """Every document by its path."""
    paths = [ROOT / name for name in ROOT_DOCUMENTS] + sorted((ROOT / "docs").rglob("*.md"))
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


DOCUMENTS = documents()
document = pytest.mark.parametrize("name", sorted(DOCUMENTS))


def exists(path: str) -> bool:
    """Whether the repository has this file or folder; `*` stands for anything."""
    places = [path.rstrip("/"), f"{path}.txt"]  # Bazel's own files have this ending in `@sources`.
    return any(next(iter(ROOT.glob(place)), None) is not None for place in places)


def belongs_to_a_step_that_is_gone(path: str) -> bool:
    """Whoever replaces the pipeline takes its steps and their tests away; the documents may still tell of them."""
    replaced = not (ROOT / "steps/extract").exists()
    return replaced and (
        path.startswith(("tests/e2e", "tests/pages", "tests/steps")) or re.match(r"steps/(?!kit)", path) is not None
    )


def missing(paths: Iterator[str]) -> list[str]:
    """The paths that are not there."""
    return [path for path in paths if not exists(path) and not belongs_to_a_step_that_is_gone(path)]


@document
def test_links_lead_somewhere(name: str) -> None:
    """A relative link or picture of a document is a file or folder of the repository."""
    folder = pathlib.PurePosixPath(name).parent
    assert missing(normal(folder / link) for link in links(DOCUMENTS[name])) == []


def links(text: str) -> Iterator[str]:
    """The targets of links and pictures, without those on the web and within the page."""
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", text):
        path = next(filter(None, target)).partition("#")[0]
        if path and "://" not in path:
            yield path


def normal(path: pathlib.PurePosixPath) -> str:
    """The path without `..`."""
    return os.path.normpath(path)


@document
def test_files_that_are_named_exist(name: str) -> None:
    """A path in code quotes that begins with a folder of the repository is there."""
    assert missing(named_paths(DOCUMENTS[name])) == []


def named_paths(text: str) -> Iterator[str]:
    """Paths in code quotes; words in capitals stand for any name, and are not looked for."""
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    for span in re.findall(r"`([^`\n]+)`", prose(text)):
        first, slash, rest = span.partition("/")
        if slash and first in folders and re.fullmatch(r"[\w./*-]*", rest) and not re.search(r"\b[A-Z]{2,}\b", span):
            yield span


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


@document
def test_labels_that_are_called_exist(name: str) -> None:
    """What `./bazelw run`, `test` and `build` are given in a document is a target of a BUILD file."""
    wrong = [label for label in labels(DOCUMENTS[name]) if not is_target(label)]
    assert wrong == []


def labels(text: str) -> Iterator[str]:
    """Labels in commands and in code quotes."""
    yield from re.findall(r"\./bazelw (?:run|test|build) (//[\w./:-]*)", text)
    yield from re.findall(r"`(//[\w./:-]+)`", text)


def is_target(label: str) -> bool:
    """Whether a BUILD file has the target, or the pattern means anything."""
    package, _, target = label.removeprefix("//").partition(":")
    if re.search(r"\bNAME\b", package) or belongs_to_a_step_that_is_gone(package):
        return True
    if package.endswith("..."):
        return (ROOT / package.removesuffix("...")).is_dir()
    file = next(iter((ROOT / package).glob("BUILD.bazel*")), None)
    wanted = target or package.rpartition("/")[2]
    return file is not None and (wanted == "all" or f'"{wanted}"' in file.read_text(encoding="utf-8"))


@document
def test_options_that_are_shown_exist(name: str) -> None:
    """Each option behind `--` in a command of a document is one that the program declares."""
    text = DOCUMENTS[name]
    unknown = [
        f"{label} {option}"
        for label, options in shown_options(text)
        for option in options
        if label in PROGRAMS and f'"{option}"' not in source_of(label)
    ]
    assert unknown == []


def shown_options(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each program that is called with options of its own, and these."""
    for label, arguments in re.findall(r"\./bazelw run (//[\w/:]+) -- ([^\n`#\]]+)", text):
        yield label, re.findall(r"(?<!\S)--[a-z-]+", arguments)


def source_of(label: str) -> str:
    """The text that declares a program's options."""
    return "".join((ROOT / path).read_text(encoding="utf-8") for path in PROGRAMS[label])


@pytest.fixture(scope="module")
def helps() -> Mapping[str, str]:
    """The help of `nightjar` (under the empty name) and of each of its commands."""
    program = str(pathlib.Path(os.environ["NIGHTJAR"]).absolute())  # By this it finds what it runs with here.
    general = ask(program)
    commands = re.findall(r"^    (\w+)  ", general, re.MULTILINE)
    return {"": general, **{command: ask(program, command) for command in commands}}


def ask(program: str, *command: str) -> str:
    """What `--help` prints."""
    return subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=True).stdout


@document
def test_commands_of_nightjar_exist(name: str, helps: Mapping[str, str]) -> None:
    """Each `nightjar COMMAND --option` of a document is in the program's own help."""
    unknown = [
        f"{command} {option}".strip()
        for command, options in nightjar_commands(DOCUMENTS[name])
        for option in ["", *options]
        if command not in helps or f" {option}" not in helps[command]
    ]
    assert unknown == []


def nightjar_commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of nightjar that is shown as one, and its options."""
    called = r"(?:`nightjar |\./bazelw run //orchestrator -- )([a-z]+)([^\n`#]*)"
    for command, arguments in re.findall(called, text):
        yield command, re.findall(r"(?<!\S)--[a-z-]+", arguments)


def test_the_commands_are_looked_for_at_all(helps: Mapping[str, str]) -> None:
    """The patterns above find commands and options in the documents, and the help has the commands."""
    assert {"validate", "graph", "plan", "run", "status"} <= helps.keys()
    assert {label for text in DOCUMENTS.values() for label in labels(text)} >= {"//deploy:local", "//:new_step"}
    assert ("//deploy:local", ["--fresh"]) in [each for text in DOCUMENTS.values() for each in shown_options(text)]
    assert ("status", []) in nightjar_commands(DOCUMENTS["README.md"])


@document
def test_documents_name_no_place_of_a_machine(name: str) -> None:
    """No host but those that are allowed and no path from a machine's root: documents hold for everybody."""
    text = DOCUMENTS[name]
    assert set(re.findall(r"https?://([\w.-]+)", text)) <= HOSTS
    assert re.findall(r"(?<![\w.$}~…/])/(?:home|root|Users|work|mnt|tmp)/\S*", text) == []


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_decisions_have_their_sections(path: pathlib.Path) -> None:
    """A decision record has a date, Status, Context, Decision, Consequences and Alternatives, on 100 lines or less."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ADR_SECTIONS
    assert re.match(rf"# {int(path.name[:4])}\. .+\n\n\d{{4}}-\d\d-\d\d\n", text)
    assert len(text.splitlines()) <= 100


def test_decisions_are_numbered_without_gaps() -> None:
    """The file names count from 0001 on."""
    assert [path.name[:4] for path in ADRS] == [f"{number:04d}" for number in range(1, len(ADRS) + 1)]


def test_the_states_are_drawn_as_they_are() -> None:
    """The diagrams of ARCHITECTURE.md are the transition table: of runs by events of runs, and of steps."""
    arrows = re.findall(r"^    (\w+) --> (\w+): ([\w., ]+)$", DOCUMENTS["ARCHITECTURE.md"], re.MULTILINE)
    drawn = [(before, after, kind) for before, after, kinds in arrows for kind in kinds.split(", ")]
    real = [
        (str(before), str(after), event.kind)
        for (before, event), after in TRANSITIONS.items()
        if isinstance(before, StepState) or issubclass(event, RunEvent)
    ]
    assert sorted(drawn) == sorted(real)
    assert f"{len(KINDS)} kinds" in DOCUMENTS["ARCHITECTURE.md"]


def test_the_runbook_explains_every_exit_code() -> None:
    """The table of exit codes in the runbook has each code of `nightjar`, and no other."""
    section = DOCUMENTS["docs/runbook.md"].partition("## By exit code")[2].partition("\n## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)] == [
        int(code) for code in ExitCode
    ]
