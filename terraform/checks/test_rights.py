from __future__ import annotations

import pathlib

from terraform.checks import tables
from terraform.checks.program import Terraform


def test_the_table_of_rights_is_what_is_planned(terraform: Terraform, tree: pathlib.Path) -> None:
    """docs/iam.md is what the plans give; `./bazelw run //terraform:rights` writes it."""
    assert tables.PAGE.read_text(encoding="utf-8") == tables.page(terraform, tree)
