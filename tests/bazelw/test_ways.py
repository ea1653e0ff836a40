from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.bazelw.small import Small

RESOLVES = 'case $1 in mod) echo "$@" >>"$HOME/asked" ;; *) echo "bazel: $*"; exit 7 ;; esac'
CLOSED = 'echo "$@" >>"$HOME/asked"; echo "ERROR: Error accessing registry: Connection refused" >&2; exit 1'


def asked(small: Small) -> int:
    """How often the installed Bazel was asked to resolve the modules."""
    path = small.base / "home" / "asked"
    return len(path.read_text().splitlines()) if path.exists() else 0


def rows(small: Small) -> dict[str, str]:
    """What doctor prints: a name and a sentence a line."""
    done = small.call("doctor")
    return dict(line.split(maxsplit=1) for line in done.out.splitlines())


@pytest.mark.parametrize("program", ["bazel", "bazelisk"])
def test_an_installed_bazel_that_resolves_the_modules_is_used(fresh: Small, program: str) -> None:
    """As it is, in the caller's own environment; it is asked once and the answer is kept."""
    fresh.stand_in(program, RESOLVES)
    for _ in range(2):
        done = fresh.call("test", "//...", "a b")
        assert (done.code, done.out) == (7, "bazel: test //... a b\n")
    assert asked(fresh) == 1
    assert fresh.roots() == []


def test_bazelisk_goes_before_bazel(fresh: Small) -> None:
    """It takes the version of .bazelversion, an installed bazel takes its own."""
    fresh.stand_in("bazel", "exit 1")
    fresh.stand_in("bazelisk", RESOLVES)
    assert fresh.call("build").code == 7


def test_an_installed_bazel_without_its_registry_is_not_used(fresh: Small) -> None:
    """The way is Debian's then, and is kept with Bazel's own words for the reason."""
    fresh.stand_in("bazel", CLOSED)
    for _ in range(2):
        done = fresh.call("build", wanted={"exit": 3})
        assert done.code == 3, done.err
    assert asked(fresh) == 1
    assert rows(fresh)["way"] == (
        f"debian: {fresh.base}/machine/bazel does not reach the module registry: "
        "ERROR: Error accessing registry: Connection refused"
    )


def test_the_way_is_chosen_anew_when_a_bazel_appears(fresh: Small) -> None:
    """A choice made for lack of a program lasts as long as the lack."""
    assert fresh.call("build", wanted={"exit": 3}).code == 3
    fresh.stand_in("bazel", RESOLVES)
    assert fresh.call("build").code == 7


def test_the_way_is_chosen_anew_when_bazel_is_gone(fresh: Small) -> None:
    """A choice of a program lasts as long as there is one."""
    fresh.stand_in("bazel", RESOLVES)
    assert fresh.call("build").code == 7
    (fresh.base / "machine" / "bazel").unlink()
    assert fresh.call("build", wanted={"exit": 3}).code == 3


def test_a_variable_overrides_the_way(fresh: Small) -> None:
    """For one call: nothing is asked and nothing is kept."""
    fresh.stand_in("bazel", RESOLVES)
    fresh.environment["NIGHTJAR_BAZEL"] = "debian"
    assert fresh.call("build", wanted={"exit": 3}).code == 3
    fresh.environment["NIGHTJAR_BAZEL"] = "upstream"
    assert fresh.call("build").code == 7
    assert asked(fresh) == 0
    assert not (fresh.cache / "way").exists()


def test_doctor_of_the_way_by_debian(fresh: Small) -> None:
    """It says which way and why, where things lie, and what the next command does; it makes nothing itself."""
    before = rows(fresh)
    assert before["way"] == "debian: neither bazel nor bazelisk is on PATH"
    assert before["workspace"] == str(fresh.folder)
    assert re.fullmatch(rf"{fresh.cache} \(\S+ used, \S+ free\)", before["cache"])
    assert before["namespaces"] == "can be made"
    assert before["root"] == "not made yet: the next command makes it"
    assert before["packages"].startswith("Debian's snapshot archive, pinned by tools/debian/root.lock")
    assert before["mirror"] == before["security"] == "none but the snapshot archive"
    assert fresh.mirror.requested == []
    fresh.call("build")
    after = rows(fresh)
    assert after["root"] == str(fresh.roots()[0])
    assert after["bazel"] == "0.0.0, in the root"


def test_doctor_of_the_way_upstream(fresh: Small) -> None:
    """It names the program, its version and why it is taken."""
    fresh.stand_in("bazel", 'case $1 in mod) ;; --version) echo "bazel 7.7.1" ;; esac')
    shown = rows(fresh)
    assert shown["way"] == f"upstream: {fresh.base}/machine/bazel resolves the modules"
    assert shown["bazel"] == "bazel 7.7.1"
    assert "root" not in shown


def test_doctor_says_what_is_missing(fresh: Small) -> None:
    """Its code is that of a machine on which nothing can be built."""
    fresh.stand_in("unshare", "exit 1")
    fresh.environment["NIGHTJAR_BAZEL"] = "upstream"
    done = fresh.call("doctor")
    assert done.code == 36
    assert re.search(r"^namespaces +this (root|user) may not make|AppArmor", done.out, re.MULTILINE)
    assert re.search(r"^bazel +missing: put bazelisk on PATH$", done.out, re.MULTILINE)


@pytest.mark.parametrize("variables", [{}, {"NIGHTJAR_DEBIAN_MIRROR": "http://mirror.example/debian"}])
def test_the_mirrors_are_told_to_bazel(fresh: Small, variables: dict[str, str]) -> None:
    """An address that is set stays; on a machine without apt there is else none."""
    fresh.stand_in(
        "bazel", 'case $1 in mod) ;; *) echo "$NIGHTJAR_DEBIAN_MIRROR,$NIGHTJAR_DEBIAN_SECURITY_MIRROR" ;; esac'
    )
    fresh.environment.update(variables)
    assert fresh.call("build").out == f"{variables.get('NIGHTJAR_DEBIAN_MIRROR', '')},\n"


def test_apt_is_asked_for_its_sources_only_after_a_change(fresh: Small) -> None:
    """A second a command is saved; what apt could not tell is not kept."""
    settings = fresh.base / "apt"
    settings.mkdir()
    calls = fresh.base / "calls"
    fresh.stand_in("apt-get", f"echo called >>{calls}; [ ! -e {settings}/broken ] && echo stable http://mirror.example")
    script = f"cache={fresh.base}; . tools/debian/machine.sh; apt_targets {settings}"

    def targets() -> str:
        words = ["sh", "-euc", script]
        path = f"{fresh.base / 'machine'}:{os.environ['PATH']}"
        return subprocess.run(words, env={"PATH": path}, capture_output=True, text=True, check=True).stdout

    (settings / "broken").touch()
    assert targets() == ""
    (settings / "broken").unlink()
    assert [targets(), targets()] == ["stable http://mirror.example\n"] * 2
    assert calls.read_text().count("called") == 2
    later = (fresh.base / "apt-targets").stat().st_mtime + 10
    os.utime(settings, (later, later))
    targets()
    assert calls.read_text().count("called") == 3
