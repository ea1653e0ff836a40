"""Resolves requirements.in into requirements.lock: every wheel of every image, tool and test, with one hash each.

For CPython 3.13 on x86-64 with glibc 2.40, binary wheels only. uv resolves, by pip's settings on this machine; the one
hash is that of the wheel which rules_python would take (`wheels.py`). No address of an index gets into the lock.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

from tools.lock import settings, wheels

_PYTHON = "3.13"
_PLATFORM = "x86_64-manylinux_2_40"
_NAME = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>\S+)")


class LockError(Exception):
    """What a person can mend: the message says how."""


def main(arguments: list[str]) -> int:
    """Write requirements.lock; exit 0, or 78 where it could not be resolved."""
    parser = argparse.ArgumentParser(prog="lock", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--uv", type=pathlib.Path, nargs="+", required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--upgrade", action="store_true", help="take the newest versions, not those of the present lock"
    )
    options = parser.parse_args(arguments)
    uv = next(path.absolute() for path in options.uv if path.name == "uv")
    workspace = pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    target = workspace / "requirements.lock"
    try:
        text = resolve(uv, workspace / "requirements.in", present=None if options.upgrade else target)
    except LockError as error:
        print(f"lock: {error}", file=sys.stderr)
        return 78
    if target.exists() and target.read_text() == text:
        print("requirements.lock: nothing to change")
        return 0
    scratch = target.with_suffix(".new")
    scratch.write_text(text)
    scratch.replace(target)
    print(f"requirements.lock: {text.count('--hash')} wheels")
    return 0


def resolve(uv: pathlib.Path, requirements: pathlib.Path, *, present: pathlib.Path | None) -> str:
    """The text of the lock. Versions of the present lock are kept where they still fit."""
    environment = {**os.environ, **settings.for_uv(settings.read_pip(pip_settings()))}
    with tempfile.TemporaryDirectory(prefix="nightjar-lock-") as folder:
        names, pylock = pathlib.Path(folder, "names.txt"), pathlib.Path(folder, "pylock.toml")
        if present is not None and present.exists():
            names.write_text(present.read_text())
        compile_with(uv, requirements, "--no-strip-extras", "--no-annotate", output=names, environment=environment)
        compile_with(uv, names, "--format=pylock.toml", output=pylock, environment=environment)
        packages = tomllib.loads(pylock.read_text())["packages"]
        return render(names.read_text(), packages, digest=hashlib.sha256(requirements.read_bytes()).hexdigest())


def compile_with(
    uv: pathlib.Path, source: pathlib.Path, *options: str, output: pathlib.Path, environment: dict[str, str]
) -> None:
    """Run `uv pip compile`. Raises LockError with uv's own words."""
    command: list[str | pathlib.Path] = [uv, "pip", "compile", source, "--output-file", output]
    command += ["--python", sys.executable, "--python-version", _PYTHON, "--no-header"]
    command += ["--python-platform", _PLATFORM, "--only-binary", ":all:", "--no-config", "--quiet", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LockError(f"uv could not resolve {source.name}:\n{done.stderr.strip()}")


def pip_settings() -> str:
    """What pip's configuration says on this machine, by the pip that lies in the interpreter's own tree."""
    folder = pathlib.Path(sys.base_prefix, "share", "python-wheels")
    pip = next(folder.glob("pip-*.whl"))
    done = subprocess.run(
        [sys.executable, "-P", "-s", "-m", "pip", "config", "list"],
        env={**os.environ, "PYTHONPATH": str(pip)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LockError(f"pip's settings could not be read:\n{done.stderr.strip()}")
    return done.stdout


def render(names: str, packages: list[dict[str, object]], *, digest: str) -> str:
    """The lock: a line `name[extra]==version --hash=…` each, the wheel's file name above it."""
    files = {str(package["name"]): package for package in packages}
    lines = [
        "# Every wheel of every image, tool and test. Made by `./bazelw run //:lock` from requirements.in.",
        f"# requirements.in: sha256 {digest}",
    ]
    for line in names.splitlines():
        match = _NAME.fullmatch(line.split(";")[0].split("--hash")[0].rstrip(" \\"))
        if match is None:
            continue
        wheel = wheels.choose(list(candidates(files[match["name"]])))
        if wheel is None:
            raise LockError(f"{match['name']} {match['version']} has no wheel for {_PLATFORM}; choose another version")
        lines += [f"# {wheel.filename}", f"{match[0]} --hash=sha256:{wheel.sha256}"]
    return "\n".join(lines) + "\n"


def candidates(package: dict[str, object]) -> list[wheels.Wheel]:
    """The wheels of one package of pylock.toml."""
    found = package.get("wheels", [])
    if not isinstance(found, list):
        raise LockError(f"uv wrote no list of wheels for {package['name']}")
    return [
        wheels.Wheel(str(item.get("name") or item["url"].rpartition("/")[2]), item["hashes"]["sha256"])
        for item in found
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
