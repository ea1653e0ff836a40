from __future__ import annotations

import os
import pathlib

import pytest

from tests.images.container import Container
from tools.images import layout
from tools.images.layout import Image


@pytest.fixture(scope="session")
def image() -> Image:
    """The image under test."""
    return layout.read(pathlib.Path(os.environ["IMAGE"]))


@pytest.fixture(scope="session")
def debug() -> Image:
    """Its variant with a shell."""
    return layout.read(pathlib.Path(os.environ["IMAGE_DEBUG"]))


@pytest.fixture(scope="session")
def container(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Container:
    """The image, unpacked."""
    return unpacked(image, tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def debug_container(debug: Image, tmp_path_factory: pytest.TempPathFactory) -> Container:
    """The variant with a shell, unpacked."""
    return unpacked(debug, tmp_path_factory.mktemp("debug"))


def unpacked(image: Image, folder: pathlib.Path) -> Container:
    """Unpack an image and read what it starts."""
    image.unpack(folder)
    config = image.config["config"]
    return Container(folder, tuple(config["Entrypoint"]), dict(pair.split("=", 1) for pair in config["Env"]))
