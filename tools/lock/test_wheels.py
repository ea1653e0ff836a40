from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.lock.wheels import Wheel, choose, priority


def chosen(*tags: str) -> str | None:
    """The tag of the wheel that is chosen among these."""
    wheel = choose([Wheel(f"demo-1.0-{tag}.whl", tag) for tag in tags])
    return wheel.sha256 if wheel else None


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        # The platform decides first, and of manylinux the oldest C library: pip would take the right one.
        ("cp37-abi3-manylinux_2_5_x86_64", "cp313-cp313-manylinux_2_17_x86_64"),
        ("cp313-cp313-manylinux1_x86_64", "cp313-cp313-manylinux2010_x86_64"),
        ("cp313-cp313-manylinux2010_x86_64", "cp313-cp313-manylinux2014_x86_64"),
        ("cp313-cp313-manylinux2014_x86_64", "cp313-cp313-manylinux_2_28_x86_64"),
        ("cp313-cp313-manylinux_2_28_x86_64", "cp313-cp313-linux_x86_64"),
        ("cp313-cp313-linux_x86_64", "cp313-none-any"),
        # Then the interpreter: CPython's own, then the newest.
        ("cp313-cp313-manylinux_2_17_x86_64", "cp39-abi3-manylinux_2_17_x86_64"),
        ("cp39-abi3-manylinux_2_17_x86_64", "cp37-abi3-manylinux_2_17_x86_64"),
        ("cp313-none-any", "py313-none-any"),
        ("py313-none-any", "py3-none-any"),
        # Then the ABI.
        ("cp313-cp313-manylinux_2_17_x86_64", "cp313-abi3-manylinux_2_17_x86_64"),
        ("cp313-abi3-manylinux_2_17_x86_64", "cp313-none-manylinux_2_17_x86_64"),
        # Of several tags in one name the best counts.
        ("cp313-cp313-manylinux_2_12_x86_64.manylinux_2_28_x86_64", "cp313-cp313-manylinux_2_17_x86_64"),
        ("py2.py3-none-any", "py2-none-any"),
    ],
)
def test_the_order_of_rules_python(better: str, worse: str) -> None:
    """Of two wheels of a release, whichever comes first in the list."""
    assert chosen(better, worse) == better
    assert chosen(worse, better) == better


@pytest.mark.parametrize(
    "tag",
    [
        "cp313-cp313-manylinux_2_17_aarch64",
        "cp313-cp313-musllinux_1_2_x86_64",
        "cp313-cp313-macosx_11_0_arm64",
        "cp313-cp313-win_amd64",
        "cp313-cp313-manylinux_2_41_x86_64",
        "cp313-cp313t-manylinux_2_17_x86_64",
        "cp312-cp312-manylinux_2_17_x86_64",
        "cp314-cp314-manylinux_2_17_x86_64",
        "cp314-abi3-manylinux_2_17_x86_64",
        "pp311-pypy311_pp73-manylinux_2_17_x86_64",
        "py2-none-any",
        "cp27-none-any",
    ],
)
def test_what_does_not_fit_is_not_chosen(tag: str) -> None:
    """Another machine, system, C library, interpreter or ABI."""
    assert priority(f"demo-1.0-{tag}.whl") is None
    assert chosen(tag) is None
    assert chosen(tag, "py3-none-any") == "py3-none-any"


def test_a_build_number_is_no_tag() -> None:
    """The tags are counted from the end of the name."""
    assert priority("demo-1.0-1-py3-none-any.whl") == priority("demo-1.0-py3-none-any.whl")


PYTHONS = st.sampled_from(["py3", "py313", "cp37", "cp313", "cp312", "cp314", "py2"])
ABIS = st.sampled_from(["none", "abi3", "cp313", "cp312", "cp313t"])
PLATFORMS = st.sampled_from(
    ["any", "linux_x86_64", "manylinux1_x86_64", "manylinux_2_17_x86_64", "manylinux_2_99_x86_64", "win_amd64"]
)
TAGS = st.lists(st.tuples(PYTHONS, ABIS, PLATFORMS).map("-".join), unique=True, max_size=8)


@given(TAGS)
def test_the_choice_does_not_depend_on_the_order(tags: list[str]) -> None:
    """An index may list its files as it likes."""
    assert len({chosen(*order) for order in itertools.islice(itertools.permutations(tags), 24)}) <= 1


@given(TAGS)
def test_nothing_that_fits_ranks_higher(tags: list[str]) -> None:
    """The choice is the best of what fits, and there is none only where nothing fits."""
    ranks = [rank for tag in tags if (rank := priority(f"demo-1.0-{tag}.whl")) is not None]
    choice = chosen(*tags)
    assert (None if choice is None else priority(f"demo-1.0-{choice}.whl")) == max(ranks, default=None)
