from __future__ import annotations

import pytest

from tests.pages.days import cases
from tests.pages.made import Page, make


@pytest.fixture(params=sorted(cases()))
def page(request: pytest.FixtureRequest) -> Page:
    """Each page in turn."""
    return make(request.param)


@pytest.fixture
def hostile() -> Page:
    """The page of the hostile day."""
    return make("hostile")


@pytest.fixture
def large() -> Page:
    """The page of 20,000 events."""
    return make("large")
