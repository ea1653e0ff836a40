from __future__ import annotations

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading

import pytest

from tests.bazelw.small import DEADLINE, Small, eventually

LAST = "bazel_1_amd64.deb"
FIRST = "loader_1_amd64.deb"


def works(small: Small) -> None:
    """A call makes what is missing, and Bazel runs."""
    done = small.call("version", wanted={"exit": 3})
    assert done.code == 3, done.err
    assert len(small.roots()) == 1


@pytest.mark.parametrize("unpacker", ["dpkg-deb", "tar"])
def test_the_root_is_made_once(fresh: Small, unpacker: str) -> None:
    """By dpkg-deb where there is one, else by hand; the second call makes nothing and says nothing."""
    if unpacker == "dpkg-deb":
        fresh.restore(unpacker)
    first = fresh.call("version")
    assert first.code == 0, first.err
    assert re.search(r"^bazelw: made in \d+ s; it stays in ", first.err, re.MULTILINE)
    [root] = fresh.roots()
    made = root.stat()
    assert fresh.mirror.requested == [fresh.url(name) for name in (FIRST, "python_1_amd64.deb", LAST)]
    assert fresh.call("version").err == ""
    assert root.stat() == made
    assert len(fresh.mirror.requested) == 3
    assert sorted(path.name for path in (fresh.cache / "debian").iterdir()) == sorted([root.name, "lock"])


def test_nothing_is_written_elsewhere(fresh: Small) -> None:
    """Not in the home, not in the folder for scratch files: only in the cache and in the workspace."""
    scratch = (pathlib.Path(tempfile.gettempdir()), pathlib.Path("/var/tmp"))  # noqa: S108 - where others would write.

    def listing() -> set[pathlib.Path]:
        found = {path for place in scratch if place.exists() for path in place.iterdir()}
        found.update((fresh.base / "home").rglob("*"), fresh.base.iterdir())
        return {path for path in found if not path.is_relative_to(fresh.cache) and path not in fresh.cache.parents}

    before = listing()
    assert fresh.call("version").code == 0
    assert fresh.call("run", "//:it", wanted={"script": "exit 0"}).code == 0
    assert listing() == before
    assert list((fresh.cache / "run").iterdir()) == []


def test_another_list_makes_another_root(fresh: Small) -> None:
    """The root belongs to its list and recipe; the earlier one goes, and Bazel's server with it."""
    works(fresh)
    [earlier] = fresh.roots()
    with (fresh.folder / "tools/debian/root.txt").open("a") as file:
        file.write("want more\n")
    works(fresh)
    [later] = fresh.roots()
    assert later != earlier
    options = [next(a for a in note["arguments"] if "nightjar.root" in a) for note in fresh.notes()]
    assert options == [f"--host_jvm_args=-Dnightjar.root={root.name}" for root in (earlier, later)]


def test_no_network(fresh: Small) -> None:
    """One line says what did not come and what to do, beside curl's own."""
    fresh.environment["NIGHTJAR_SNAPSHOT"] = "http://127.0.0.1:1"
    done = fresh.call("build")
    assert done.code == 36
    assert re.search(
        rf"bazelw: {FIRST} did not come from \S+\. Check the network and start again; what has come is kept\.", done.err
    )


def test_a_package_that_the_mirror_lost(fresh: Small) -> None:
    """It is named with the command that renews the list; what has come is not asked for again."""
    lost = fresh.mirror.files.pop(fresh.url(LAST))
    done = fresh.call("build")
    assert done.code == 36
    assert re.search(rf"has no {LAST} any more\. Renew the list .*: \./bazelw run //:lock_debian", done.err)
    fresh.mirror.files[fresh.url(LAST)] = lost
    works(fresh)
    assert fresh.mirror.requested.count(fresh.url(FIRST)) == 1


def test_a_package_that_is_another(fresh: Small) -> None:
    """A file whose sha256 is not the pinned one is not unpacked."""
    right = fresh.mirror.files[fresh.url(FIRST)]
    fresh.mirror.files[fresh.url(FIRST)] = right + b"more"
    done = fresh.call("build")
    assert done.code == 36
    assert f"{FIRST} is not the file that tools/debian/root.lock pins" in done.err
    fresh.mirror.files[fresh.url(FIRST)] = right
    works(fresh)


def test_a_file_that_was_cut_short_is_not_used(fresh: Small) -> None:
    """What lies in the cache is checked like what comes."""
    packages = fresh.cache / "debian" / "packages"
    packages.mkdir(parents=True)
    (packages / FIRST).write_bytes(fresh.mirror.files[fresh.url(FIRST)][:1000])
    works(fresh)


@pytest.mark.parametrize(
    ("program", "arguments", "made", "asked_again"),
    [
        ("rm", "*.part", 0, 3),
        ("curl", f"*{LAST}", 0, 1),
        ("mv", f"*/{LAST}", 0, 1),
        ("dpkg-deb", f"*/{LAST}*", 0, 0),
        ("cp", "*", 0, 0),
        ("touch", "*/ready", 0, 0),
        ("mv", "*/debian/????????????????", 0, 0),
        ("rm", "*/packages?*", 1, 0),
    ],
)
def test_killed_while_it_is_made(fresh: Small, program: str, arguments: str, made: int, asked_again: int) -> None:
    """All of it ends by kill -9 in the middle: nothing half-made is used, and the next call goes on."""
    fresh.restore("dpkg-deb")
    fresh.stop_at(program, arguments)
    process = fresh.start("build")
    fresh.await_stop()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert len(fresh.roots()) == made
    assert fresh.notes() == []
    before = len(fresh.mirror.requested)
    fresh.restore(program)
    works(fresh)
    assert len(fresh.mirror.requested) - before == asked_again
    assert list(fresh.cache.glob("debian/*.part")) == []


def test_killed_while_its_children_go_on(fresh: Small) -> None:
    """Only bazelw itself ends by kill -9: the next call waits until the program that it left behind has ended."""
    fresh.stop_at("curl", f"*{FIRST}")
    process = fresh.start("build")
    fresh.await_stop()
    process.kill()
    with (fresh.base / "second").open("w") as err:
        second = fresh.start("version", stderr=err, wanted={"exit": 3})
        waits(fresh, "second")
        assert second.poll() is None
        fresh.restore("curl")
        fresh.release()
        assert second.wait(DEADLINE) == 3
    process.communicate()


def test_two_calls_at_once(fresh: Small) -> None:
    """One makes the root, the other says that it waits; both go on, and nothing is downloaded twice."""
    gate = threading.Event()
    fresh.mirror.held[fresh.url(LAST)] = gate
    first = fresh.start("build", wanted={"exit": 1})
    eventually(lambda: fresh.url(LAST) in fresh.mirror.requested)
    with (fresh.base / "second").open("w") as err:
        second = fresh.start("build", stderr=err, wanted={"exit": 3})
        waits(fresh, "second")
        assert fresh.notes() == []
        gate.set()
        first.communicate(timeout=DEADLINE)
        second.communicate(timeout=DEADLINE)
    assert (first.returncode, second.returncode) == (1, 3)
    assert len(fresh.mirror.requested) == 3


def waits(small: Small, name: str) -> None:
    """Wait until the call whose messages go to the file says that it waits for another."""
    said = "another bazelw is making the root; waiting for it"
    eventually(lambda: said in (small.base / name).read_text())


def test_interrupted_while_it_is_made(fresh: Small) -> None:
    """Ctrl-C ends it at once; the next call goes on."""
    fresh.mirror.held[fresh.url(LAST)] = threading.Event()
    process = fresh.start("build")
    eventually(lambda: fresh.url(LAST) in fresh.mirror.requested)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(DEADLINE) in {-signal.SIGINT, 130}
    process.communicate()
    fresh.mirror.held.pop(fresh.url(LAST)).set()
    works(fresh)


def test_the_root_holds_what_maintainer_scripts_would_do(fresh: Small) -> None:
    """Users and links are there, Debian's own settings of Bazel are not."""
    works(fresh)
    [root] = fresh.roots()
    assert f":{os.getuid()}:" in (root / "etc/passwd").read_text()
    assert (root / "lib64").readlink() == pathlib.Path("usr/lib64")
    assert not (root / "etc/bazel/bazelrc").exists()
    loader = root / "usr/lib64/ld-linux-x86-64.so.2"
    library = root / "usr/lib/x86_64-linux-gnu"
    command: list[str | pathlib.Path] = [loader, "--library-path", library, root / "usr/bin/bwrap", "--version"]
    assert subprocess.run(command, capture_output=True, check=True).stdout.startswith(b"bubblewrap ")
