"""Prints what a program started by Bazel's launcher stands on, as JSON: the test of hermeticity reads it."""

import json
import sys

import httpx

print(json.dumps({"executable": sys.executable, "httpx": httpx.__file__, "path": sys.path, "version": sys.version}))
