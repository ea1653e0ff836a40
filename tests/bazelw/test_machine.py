from __future__ import annotations

import re
import shutil

import pytest

from tests.bazelw.small import Done, Small

CANNOT_RUN = 36


def check(done: Done, pattern: str) -> None:
    """It gave up with one line that matches, and with Bazel's own code for it."""
    assert done.code == CANNOT_RUN
    last = done.err.splitlines()[-1]
    assert re.search(pattern, last), done.err
    assert last.startswith("bazelw: ")
    assert done.out == ""


@pytest.mark.parametrize(
    ("system", "machine", "pattern"),
    [
        ("Darwin", "arm64", r"builds on Linux, this is Darwin\. Open the folder in a dev container \(\.devcontainer\)"),
        ("Linux", "aarch64", r"builds on x86-64, this is aarch64\. Use an x86-64 machine or emulation\."),
    ],
)
def test_another_kind_of_machine(fresh: Small, system: str, machine: str, pattern: str) -> None:
    """It is refused at once, doctor included, with what helps."""
    fresh.stand_in("uname", f"case $1 in -s) echo {system} ;; -m) echo {machine} ;; esac")
    for argument in ("build", "doctor"):
        check(fresh.call(argument), pattern)
    assert not fresh.cache.exists()


@pytest.mark.parametrize(
    ("uid", "pattern"),
    [
        (0, r"this root may not make mount namespaces; in a container, start it with --privileged"),
        (1000, r"may not make user namespaces, and is not root; as root: sysctl|AppArmor forbids user namespaces"),
    ],
)
def test_no_namespaces(fresh: Small, uid: int, pattern: str) -> None:
    """Neither root's nor a user's namespaces: the message names the setting, and nothing is downloaded."""
    fresh.stand_in("id", f"echo {uid}")
    fresh.stand_in("unshare", "exit 1")
    check(fresh.call("build"), pattern)
    assert fresh.mirror.requested == []


def test_namespaces_in_name_only(fresh: Small) -> None:
    """A user namespace without rights in it, as AppArmor leaves it, is none."""
    fresh.stand_in("id", "echo 1000")
    fresh.stand_in("unshare", "case $1 in -U) exit 0 ;; *) exit 1 ;; esac")
    check(fresh.call("build"), "user namespaces")


def test_too_little_disk(fresh: Small) -> None:
    """The message tells how much is there, how much is needed, and how to take another place."""
    fresh.stand_in("df", "echo header; echo /dev/full 9000000 8000000 1024000 89% /")
    check(fresh.call("build"), r"has 1000 MB free, 2500 are needed\. Free some, or set NIGHTJAR_CACHE")
    assert fresh.mirror.requested == []


def test_no_curl(fresh: Small) -> None:
    """Without apt the packages come by curl."""
    (fresh.base / "machine" / "curl").unlink()
    check(fresh.call("build"), "curl is missing; install it")


@pytest.mark.parametrize(
    ("environment", "pattern"),
    [
        ({"NIGHTJAR_BAZEL": "yes"}, "NIGHTJAR_BAZEL is 'yes'; it may be upstream or debian"),
        ({"NIGHTJAR_BAZEL": "upstream"}, "NIGHTJAR_BAZEL=upstream, but neither bazel nor bazelisk is on PATH"),
        ({"HOME": ""}, "HOME is not set, so there is no place for a cache. Set HOME or NIGHTJAR_CACHE."),
        ({"NIGHTJAR_CACHE": "cache"}, "the cache's path is 'cache'; it must begin with /"),
        ({"XDG_CACHE_HOME": "/proc/cache"}, "/proc/cache/nightjar cannot be made. Set NIGHTJAR_CACHE"),
    ],
)
def test_settings_that_cannot_be(fresh: Small, environment: dict[str, str], pattern: str) -> None:
    """Each is named with its value and with what would do."""
    fresh.environment.update(environment)
    check(fresh.call("build"), pattern)


def test_a_path_with_blanks(ready: Small) -> None:
    """Bazel cannot work in one; the message shows which path it is."""
    moved = ready.base / "work space"
    shutil.move(ready.folder, moved)
    done = ready.call("build", program=moved / "bazelw", folder=moved)
    check(done, f"Bazel needs paths without blanks: workspace {moved}, cache {ready.cache}")


def test_the_cache_may_lie_elsewhere(fresh: Small) -> None:
    """XDG_CACHE_HOME is heard, with HOME unset too."""
    fresh.environment.update(HOME="", XDG_CACHE_HOME=str(fresh.base / "elsewhere"))
    done = fresh.call("build")
    assert done.code == 0, done.err
    assert sorted(path.name for path in (fresh.base / "elsewhere").iterdir()) == ["nightjar"]
    assert list((fresh.base / "home").iterdir()) == []
