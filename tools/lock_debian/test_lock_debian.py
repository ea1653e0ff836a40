from __future__ import annotations

import datetime as dt
import json
import pathlib
import re

import pytest

from tools.lock_debian import lock_debian
from tools.lock_debian.lock_debian import LockError, Root, Wanted

FOLDER = pathlib.Path("tools/debian")
RECORDS = """\
Package: tzdata
Version: 2026b-0+deb13u1
Filename: pool/main/t/tzdata/tzdata_2026b-0+deb13u1_all.deb
Size: 260000
SHA256: 00ff
Description: time zone
 and daylight
 .
 saving

Package: openssl
Version: 3.5.1-1
Filename: pool/updates/main/o/openssl/openssl_3.5.1-1_amd64.deb
Size: 1
SHA256: 11

"""


def test_packages_are_read_with_their_group() -> None:
    """Comments and empty lines apart."""
    text = "# Why.\n\n[image]\nlibc6  ld.so, libc # and more\n[tools]\ndash\tinitdb needs it\n"
    assert lock_debian.read_wanted(text) == (Wanted("libc6", "image"), Wanted("dash", "tools"))


def test_all_wrong_lines_are_told_at_once() -> None:
    """Each with its place."""
    with pytest.raises(LockError) as caught:
        lock_debian.read_wanted("libc6  why\n[image]\ndash\nzlib1g  why\nzlib1g  again\n")
    assert str(caught.value).splitlines() == [
        "packages.txt:1: libc6 stands before the first [group]",
        "packages.txt:3: say after dash why it is needed",
        "packages.txt:5: zlib1g is there twice",
    ]


def test_the_root_is_read() -> None:
    """In the order of the file."""
    text = "# Why.\nsuite forky\nwant b\nwant a # needed\nskip c\n"
    assert lock_debian.read_root(text) == Root("forky", ("b", "a"), ("c",))


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("want a\n", ["root.txt: one suite is needed, there are 0"]),
        ("suite a\nsuite b\n", ["root.txt: one suite is needed, there are 2"]),
        (
            "suite a\nneed b\nwant c d\n",
            [
                "root.txt:2: expected suite, want or skip and one name, not 'need b'",
                "root.txt:3: expected suite, want or skip and one name, not 'want c d'",
            ],
        ),
    ],
)
def test_a_wrong_root_is_told(text: str, problems: list[str]) -> None:
    """Every wrong line at once."""
    with pytest.raises(LockError) as caught:
        lock_debian.read_root(text)
    assert str(caught.value).splitlines() == problems


def test_mirrors_come_from_the_environment() -> None:
    """Both, or a message that says which is missing and how to get it."""
    both = {"NIGHTJAR_DEBIAN_MIRROR": "http://a.example", "NIGHTJAR_DEBIAN_SECURITY_MIRROR": "http://b.example"}
    assert lock_debian.mirrors(both) == {"debian": "http://a.example", "debian-security": "http://b.example"}
    with pytest.raises(LockError, match=r"no mirror of debian-security is known\. Start this by `\./bazelw run"):
        lock_debian.mirrors({**both, "NIGHTJAR_DEBIAN_SECURITY_MIRROR": ""})


def test_records_become_pins() -> None:
    """Folded fields do not end a record; what the security archive holds is told by its path."""
    zone, library = lock_debian.paragraphs(RECORDS)
    assert zone["Description"] == "time zone\n and daylight\n .\n saving"
    assert lock_debian.pinned(zone, "image") == {
        "archive": "debian",
        "filename": "pool/main/t/tzdata/tzdata_2026b-0+deb13u1_all.deb",
        "group": "image",
        "name": "tzdata",
        "sha256": "00ff",
        "size": "260000",
        "version": "2026b-0+deb13u1",
    }
    assert lock_debian.pinned(library, "image")["archive"] == "debian-security"


def test_the_snapshot_is_after_the_newest_index() -> None:
    """Half a day, so that the archive has taken what the mirror holds."""
    dates = [dt.datetime(2026, 10, day, 20, 8, 1, tzinfo=dt.UTC) for day in (30, 28)]
    assert lock_debian.snapshot(dates) == "20261031T080801Z"


def lock(**versions: str) -> dict[str, object]:
    """A lock of packages by version."""
    return {"packages": [{"name": name, "version": version} for name, version in versions.items()]}


def test_differences_are_sorted_by_name() -> None:
    """What came, went and changed; nothing for what stayed."""
    assert lock_debian.differences(lock(a="1", b="1", d="1"), lock(a="1", b="2", c="1")) == [
        "  b 1 -> 2",
        "+ c 1",
        "- d 1",
    ]
    assert lock_debian.differences(lock(a="1"), lock(a="1")) == []


def test_publishing_writes_once(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --check nothing is written and the code says whether something would be."""
    path = tmp_path / "debian.lock"
    path.write_text(json.dumps(lock(a="1")))
    assert lock_debian.publish(lock(a="2"), path, check=True) == 1
    assert json.loads(path.read_text()) == lock(a="1")
    assert lock_debian.publish(lock(a="2"), path, check=False) == 0
    assert json.loads(path.read_text()) == lock(a="2")
    assert lock_debian.publish(lock(a="2"), path, check=True) == 0
    assert capsys.readouterr().out == (
        "  a 1 -> 2\n  a 1 -> 2\ndebian.lock: every package is at the mirror's version already\n"
    )
    assert list(tmp_path.iterdir()) == [path]


def test_the_lock_is_of_the_list() -> None:
    """Each package of packages.txt is pinned, in its group, and no other; `./bazelw run //:lock_debian` renews it."""
    wanted = lock_debian.read_wanted((FOLDER / "packages.txt").read_text())
    pinned = json.loads((FOLDER / "debian.lock").read_text())
    assert {(each["name"], each["group"]) for each in pinned["packages"]} == {
        (each.name, each.group) for each in wanted
    }
    assert pinned["suite"] == lock_debian.SUITE
    wrong = [each["name"] for each in pinned["packages"] if not re.fullmatch(r"[0-9a-f]{64}", each["sha256"])]
    assert wrong == []


def test_the_newer_programs_are_pinned() -> None:
    """Each of newer.txt, from its suite, and none that the images have."""
    newer = lock_debian.read_root((FOLDER / "newer.txt").read_text(), source="newer.txt")
    pinned = json.loads((FOLDER / "newer.lock").read_text())
    assert pinned["suite"] == newer.suite
    assert [(each["name"], each["group"]) for each in pinned["packages"]] == [(name, "tools") for name in newer.want]


def test_the_lock_of_the_root_is_of_its_list() -> None:
    """Each package that root.txt wants is in root.lock, and none that it skips; the form is what bazelw reads."""
    root = lock_debian.read_root((FOLDER / "root.txt").read_text())
    _, snapshot, *rows = (FOLDER / "root.lock").read_text().splitlines()
    assert re.fullmatch(r"snapshot \d{8}T\d{6}Z", snapshot)
    assert [
        row for row in rows if not re.fullmatch(r"[0-9a-f]{64} \d+ pool/\S+/[^/\s_]+_[^/\s_]+_(amd64|all)\.deb", row)
    ] == []
    names = [row.rpartition("/")[2].partition("_")[0] for row in rows]
    assert set(root.want) - set(names) == set()
    assert set(root.skip) & set(names) == set()
    assert len(set(names)) == len(names)
