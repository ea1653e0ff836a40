"""Quantities as Cloud Run writes them (`512Mi`, `1000m`), and which CPU may have how much memory. Pure."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

MIB: Final = 1 << 20
GIB: Final = 1 << 30
DEFAULT_CPU: Final = "1"
DEFAULT_MEMORY: Final = "512Mi"
MEMORY_OF_CPU: Final = {
    1: (512 * MIB, 4 * GIB),
    2: (512 * MIB, 8 * GIB),
    4: (2 * GIB, 16 * GIB),
    6: (4 * GIB, 24 * GIB),
    8: (4 * GIB, 32 * GIB),
}
"""Least and most memory of a task by its CPUs; a job has no part of a CPU."""
_UNITS: Final = {
    "m": Fraction(1, 1000), "": Fraction(1), "k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9),
    "Ki": Fraction(1 << 10), "Mi": Fraction(1 << 20), "Gi": Fraction(1 << 30),
}  # fmt: skip
_QUANTITY: Final = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?)(m|k|M|G|Ki|Mi|Gi|)")


def parse(text: str) -> Fraction | None:
    """The number that a quantity is; None if it is none."""
    found = _QUANTITY.fullmatch(text)
    return None if found is None else Fraction(found[1]) * _UNITS[found[2]]


def memory_problem(cpu: int, memory: Fraction) -> str | None:
    """Why a task with so many CPUs cannot have so much memory."""
    least, most = MEMORY_OF_CPU[cpu]
    if least <= memory <= most:
        return None
    return (
        f"Invalid value specified for memory. For {cpu} CPU, total memory must be between "
        f"{_shown(least)} and {_shown(most)}."
    )


def _shown(size: int) -> str:
    return f"{size // GIB}Gi" if size >= GIB else f"{size // MIB}Mi"
