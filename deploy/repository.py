"""Where images are pushed to: HOST/PATH, below which each image has a name of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from deploy.errors import WrongInput

_HOST = r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[1-9]\d{0,4})?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"(?P<host>{_HOST})/(?P<path>{_PART}(?:/{_PART})*)")
_LOOPBACK = re.compile(r"localhost|127(?:\.\d+){3}|\[::1\]")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder of images in a registry."""

    host: str
    path: str

    @classmethod
    def parse(cls, text: str, *, source: str) -> Self:
        """The repository that `source` names. Raises WrongInput."""
        match = _REPOSITORY.fullmatch(text)
        if match is None or not ("." in match["host"] or ":" in match["host"] or match["host"] == "localhost"):
            raise WrongInput(
                f"{source}: {text!r} is no repository: write HOST/PROJECT/REPOSITORY in lower case and without a tag, "
                "such as us-east4-docker.pkg.dev/my-project/nightjar"
            )
        return cls(match["host"], match["path"])

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"

    def name(self, image: str) -> str:
        """The path of an image in its registry."""
        return f"{self.path}/{image}"

    def ref(self, image: str, digest: str) -> str:
        """An image, for certain."""
        return f"{self}/{image}@{digest}"

    @property
    def address(self) -> str:
        """The registry's; on this machine without TLS, as crane has it."""
        local = _LOOPBACK.fullmatch(self.host.rpartition(":")[0] or self.host)
        return f"{'http' if local else 'https'}://{self.host}"


def check_tags(tags: list[str]) -> None:
    """Raise WrongInput with every tag that is none."""
    if problems := [
        f"--tag {tag!r} is no tag: write up to 128 letters, digits, points, - and _, beginning with a letter or digit"
        for tag in tags
        if _TAG.fullmatch(tag) is None
    ]:
        raise WrongInput.of(problems)
