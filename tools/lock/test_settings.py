from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.lock.settings import for_uv, read_pip


def test_no_settings_are_none() -> None:
    """A machine that pip was told nothing on."""
    assert read_pip("") == {}
    assert for_uv({}) == {}


def test_the_nearest_setting_wins() -> None:
    """The environment over the section of pip's download, that over global, in whatever order they are listed."""
    lines = [":env:.timeout='3'", "download.timeout='2'", "global.timeout='1'"]
    for listing in (lines, lines[::-1]):
        assert read_pip("\n".join(listing)) == {"timeout": "3"}
    assert read_pip("\n".join(lines[1:])) == {"timeout": "2"}


def test_other_commands_settings_are_not_read() -> None:
    """What pip install alone was told is of no matter to a download."""
    assert read_pip("install.index-url='http://a.example/simple'\nfreeze.timeout='10'\n") == {}


def test_values_are_as_pip_quotes_them() -> None:
    """Quotes, equals signs and several lines inside a value stay."""
    listing = "global.find-links='\\n/wheels\\n/more'\nglobal.index-url=\"http://u:it's@a.example/simple?x=y\"\n"
    assert read_pip(listing) == {"find-links": "\n/wheels\n/more", "index-url": "http://u:it's@a.example/simple?x=y"}


def test_uv_is_told_what_pip_was_told() -> None:
    """Each setting in uv's own words, lists separated by blanks; what uv does not know, or is empty, is left out."""
    settings = {
        "cert": "/etc/ssl/own.pem",
        "extra-index-url": "\nhttp://b.example/simple\nhttp://c.example/simple",
        "index-url": "http://a.example/simple",
        "proxy": "",
        "progress-bar": "off",
        "trusted-host": "a.example",
    }
    assert for_uv(settings) == {
        "SSL_CERT_FILE": "/etc/ssl/own.pem",
        "UV_DEFAULT_INDEX": "http://a.example/simple",
        "UV_INDEX": "http://b.example/simple http://c.example/simple",
        "UV_INSECURE_HOST": "a.example",
    }


@given(st.dictionaries(st.from_regex(r"[a-z]+(-[a-z]+)?", fullmatch=True), st.text()))
def test_any_value_comes_through(settings: dict[str, str]) -> None:
    """As pip prints it: a Python string."""
    listing = "\n".join(f"global.{name}={value!r}" for name, value in settings.items())
    assert read_pip(listing) == settings
