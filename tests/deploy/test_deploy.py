from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Iterator

import pytest

from tests.deploy import transcript
from tests.deploy.place import Place, place

SOURCES = pathlib.Path(os.environ.get("SOURCES", "pyproject.toml")).parent
WORD = "a-value-that-nobody-may-see"
"""Part of the secret's value."""
ONE, TWO = "a" * 40, "b" * 40


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place where the release of ONE was deployed, with all that a new environment wants first."""
    with place(tmp_path_factory.mktemp("place"), SOURCES) as made:
        made.transcript.heading("Two pushes: the second sends nothing")
        assert made.show("push").code == 0
        assert "0 B uploaded" in made.show("push").stdout
        refused = made.run("apply", "--yes")
        assert refused.code == 78
        assert "the secret database does not exist yet" in refused.stderr
        made.transcript.heading("A new environment: its secrets first, then everything")
        assert made.show("apply", "--yes", "--only-secrets", "--short").code == 0
        made.project.follow()
        assert made.show("secret", "set", "database", given=f"{value(made)}\n").code == 0
        first = made.show("apply", "--yes", "--short", "--no-wait")
        assert first.code == 0, first.stderr
        made.project.follow()
        assert made.show("verify").code == 0
        yield made


def value(made: Place) -> str:
    """The address of the database, with the word that is looked for everywhere."""
    return f"{made.project.database}?application_name={WORD}"


def change(made: Place, *, revision: str) -> None:
    """Another release: one step has more memory, another one another image."""
    release = json.loads(made.release.read_text())
    release["revision"] = revision
    for step in release["pipeline"]["steps"]:
        step["memory_mib"] = 1024 if step["name"] == "load" else step["memory_mib"]
    release["images"]["report"] = release["images"]["validate"]
    made.release.write_text(json.dumps(release, sort_keys=True, separators=(",", ":")) + "\n")
    made.commit(revision)


def test_what_was_applied_is_what_is_there(deployed: Place) -> None:
    """Job by job."""
    done = deployed.run("verify")
    assert (done.code, done.stdout.count("as applied")) == (0, 7), done.stdout
    assert ONE in done.stdout


def test_a_second_plan_changes_nothing(deployed: Place) -> None:
    """And says so in two words."""
    done = deployed.run("plan")
    assert (done.code, done.stdout) == (0, "Nothing changes.\n")


def test_a_job_that_was_altered_by_hand_is_found(deployed: Place) -> None:
    """With the field, what is deployed and what was applied."""
    job = deployed.project.job("quakes-load")
    altered = json.loads(json.dumps(job))
    altered["template"]["template"]["containers"][0]["resources"]["limits"]["memory"] = "2Gi"
    altered["template"]["template"]["maxRetries"] = 2
    deployed.project.deploy("quakes-load", altered)
    done = deployed.run("verify")
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("quakes-load")]
    assert done.code == 1
    assert rows[0][1] == "altered"
    assert sorted(rows[1:]) == [
        ["quakes-load", "memory", "2Gi", "512Mi"],
        ["quakes-load", "retries", "2", "0"],
    ]
    deployed.project.follow()
    assert deployed.run("verify").code == 0


def test_a_day_runs_and_a_release_is_planned_applied_and_taken_back(deployed: Place) -> None:
    """The day's steps run from the registry's images; the plan names exactly the two steps that changed.

    All of it is the transcript in docs, which this writes or compares.
    """
    first = deployed.release.read_text()
    deployed.transcript.heading("A day, driven by what is deployed")
    day = deployed.day("2018-02-01")
    assert day.code == 0, day.stderr
    steps = {step["name"] for step in json.loads(first)["pipeline"]["steps"]}
    assert deployed.project.published("nightjar-dev-data") == steps

    deployed.transcript.heading("Another release: more memory for one step, other code for another")
    change(deployed, revision=TWO)
    plan = deployed.show("plan", "--short")
    assert plan.code == 0, plan.stderr
    lines = plan.stdout.splitlines()
    assert [line for line in lines if line.startswith("step")] == ["step load is changed", "step report is changed"]
    assert "    memory 512Mi -> 1Gi" in lines
    (image,) = (line for line in lines if line.startswith("    image "))
    assert image.split()[1].startswith("report@")
    assert image.split()[3].startswith("validate@")

    assert deployed.show("apply", "--yes", "--short", "--no-wait").code == 0
    assert deployed.run("verify").code == 1
    deployed.project.follow()
    verified = deployed.show("verify")
    assert (verified.code, TWO in verified.stdout) == (0, True), verified.stdout

    deployed.transcript.heading("And back")
    back = deployed.show("rollback", "--yes", "--short", "--no-wait")
    assert back.code == 0, back.stderr
    assert back.stdout.splitlines()[0].startswith("back to release 1 of ")
    assert "    memory 1Gi -> 512Mi" in back.stdout.splitlines()
    deployed.project.follow()
    verified = deployed.show("verify")
    assert (verified.code, ONE in verified.stdout) == (0, True), verified.stdout
    unknown = deployed.run("rollback", "--yes", "--to", "c0ffee")
    assert (unknown.code, "none of 'c0ffee'" in unknown.stderr, TWO in unknown.stderr) == (78, True, True)

    deployed.release.write_text(first)
    deployed.commit(ONE)
    page = pathlib.Path(os.environ["TRANSCRIPT"])
    if "TRANSCRIPT_WRITE" in os.environ:
        page.write_text(deployed.transcript.page())
    assert transcript.comparable(page.read_text()) == transcript.comparable(deployed.transcript.page())


def test_what_is_not_ready_is_refused_all_at_once(deployed: Place) -> None:
    """A dirty tree and an image that the registry lacks; nothing is planned then."""
    release = json.loads(deployed.release.read_text())
    lost = f"sha256:{'0' * 64}"
    release["images"]["load"].update(digest=lost, ref=f"{deployed.registry}/nightjar-dev/nightjar/load@{lost}")
    path = deployed.clone / "lost.json"
    path.write_text(json.dumps(release))
    deployed.commit(ONE, dirty=True)
    done = deployed.run("apply", "--yes", "--release", "lost.json")
    deployed.commit(ONE)
    assert done.code == 78
    assert "files here differ from the commit" in done.stderr
    assert "the registry lacks the image of load" in done.stderr
    assert done.stdout == ""


def test_a_secret_without_a_usable_version_is_refused(deployed: Place) -> None:
    """A version that was disabled cannot be read, and a job that wants it cannot be made."""
    deployed.project.secrets.disabled.add(("database", 1))
    done = deployed.run("apply", "--yes", "--short")
    deployed.project.secrets.disabled.clear()
    assert done.code == 78
    assert "version latest of the secret database is disabled" in done.stderr


def test_nobody_is_asked_where_nobody_is(deployed: Place) -> None:
    """A plan that changes something is not applied without --yes and without a terminal."""
    first = deployed.release.read_text()
    change(deployed, revision=TWO)
    done = deployed.run("apply", "--short")
    deployed.release.write_text(first)
    deployed.commit(ONE)
    assert done.code == 78
    assert "--yes" in done.stderr


def test_what_a_push_needs_is_made_once(deployed: Place) -> None:
    """The dry run makes nothing, and doing it again changes nothing."""
    dry = deployed.run("bootstrap", "--dry-run")
    assert dry.code == 0, dry.stderr
    assert "nightjar-dev-terraform, which keeps Terraform's state" in dry.stdout
    planned = [line for line in dry.stdout.splitlines() if line.startswith("besides, made: ")]
    done = deployed.run("bootstrap", "--yes")
    assert done.code == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("besides, made: ")] == planned != []
    assert deployed.run("bootstrap", "--yes").stdout.endswith("Nothing changes.\n")


def test_the_value_of_a_secret_is_nowhere(deployed: Place) -> None:
    """It is in no state, plan, release, history or log of this place."""
    assert deployed.project.secrets.values["database"] == [value(deployed)]
    listed = deployed.run("secret", "list", "database")
    assert (listed.code, listed.stdout.split()[:3]) == (0, ["database", "version", "1"])
    kept = [path for path in deployed.folder.rglob("*") if path.is_file() and WORD.encode() in path.read_bytes()]
    assert kept == []


def test_a_secret_wants_a_value_and_a_name_that_exists(deployed: Place) -> None:
    """Each mistake has its message, and none shows what was given."""
    empty = deployed.run("secret", "set", "database")
    assert (empty.code, "standard input is empty" in empty.stderr) == (65, True)
    unknown = deployed.run("secret", "set", "nothing", given=WORD)
    assert (unknown.code, "--only-secrets" in unknown.stderr, WORD in unknown.stderr) == (78, True, False)
    assert deployed.run("secret", "set").code == 64
