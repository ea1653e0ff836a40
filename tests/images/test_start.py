from __future__ import annotations

import json
import re

from tests.images.container import Container

_MODULES = "ssl, sqlite3, json, asyncio, logging, http.client"
_COMPILED = re.compile(r"^# code object from (?!')(.+)$", re.MULTILINE)
_LOADED = re.compile(r"^# code object from '(.+\.pyc)'$", re.MULTILINE)


def test_it_answers(container: Container) -> None:
    """It starts with a read-only root and no rights, and says what it is and how it is used."""
    for option in ("--version", "--help"):
        done = container.start(option)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout


def test_who_it_is(container: Container) -> None:
    """The process is the image's user, has a name and a home, no capabilities, and can write to /tmp alone."""
    found = json.loads(
        container.python(
            "import json, os, pathlib, pwd, re\n"
            "def writable(path):\n"
            "    try: pathlib.Path(path, 'x').touch()\n"
            "    except OSError: return False\n"
            "    return True\n"
            "status = pathlib.Path('/proc/self/status').read_text()\n"
            "print(json.dumps({'uid': os.getuid(), 'name': pwd.getpwuid(os.getuid()).pw_name,\n"
            " 'home': os.path.expanduser('~'), 'cwd': os.getcwd(),\n"
            " 'capabilities': re.search(r'CapEff:\\s*(\\w+)', status)[1],\n"
            " 'writable': [p for p in ('/', '/home/nonroot', '/usr', '/var/tmp', '/tmp') if writable(p)]}))"
        )
    )
    assert found == {
        "uid": 65532,
        "name": "nonroot",
        "home": "/home/nonroot",
        "cwd": "/",
        "capabilities": "0000000000000000",
        "writable": ["/tmp"],  # noqa: S108 - in the container.
    }


def test_nothing_is_compiled(container: Container) -> None:
    """Every module that a start needs comes from bytecode of the image."""
    interpreter, *rest = container.entrypoint
    done = container.run(interpreter, "-v", *rest, "--version")
    assert done.returncode == 0
    assert _COMPILED.findall(done.stderr) == []
    loaded = _LOADED.findall(done.stderr)
    assert any(path.startswith("/usr/lib/python3.13/") for path in loaded)
    assert any(path.startswith("/usr/local/lib/python3.13/dist-packages/") for path in loaded)


def test_the_standard_library_works(container: Container) -> None:
    """Modules that need libraries of the base can be imported, and do what they need them for."""
    container.python(f"import {_MODULES}; sqlite3.connect(':memory:').execute('select 1').fetchone()")
    container.python("import bz2, lzma, zlib; [m.decompress(m.compress(b'x')) for m in (bz2, lzma, zlib)]")
    container.python("import ctypes, decimal, hashlib, uuid; ctypes.CDLL('libc.so.6'); hashlib.sha256(); uuid.uuid1()")
    container.python(
        "import multiprocessing, xml.etree.ElementTree as tree; multiprocessing.Lock(); tree.fromstring('<a/>')"
    )


def test_names_are_looked_up_in_files(container: Container) -> None:
    """Hosts and services are found without a name server."""
    found = container.python(
        "import socket\n"
        "hosts = {address[4][0] for address in socket.getaddrinfo('localhost', 1)}\n"
        "print(sorted(hosts), socket.getservbyname('https'))"
    )
    assert found.endswith(" 443")
    assert "127.0.0.1" in found


def test_time_zones(container: Container) -> None:
    """Zones are the image's own: a day with 23 hours is one, and local time is UTC."""
    found = container.python(
        "import datetime as dt, time, zoneinfo\n"
        "zone = zoneinfo.ZoneInfo('America/New_York')\n"
        "noon = [dt.datetime(2018, 3, day, 12, tzinfo=zone).utcoffset() for day in (10, 11)]\n"
        "print(noon[1] - noon[0], time.tzname[0], len(zoneinfo.available_timezones()) > 300)"
    )
    assert found == "1:00:00 UTC True"


def test_the_debug_variant_has_a_shell(debug_container: Container, container: Container) -> None:
    """`sh` works there, and only there."""
    assert debug_container.run("sh", "-c", "echo $((1 + 1))").stdout == "2\n"
    assert container.run("sh", "-c", "true").returncode != 0
