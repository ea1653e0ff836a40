"""Bazel's built-in provider under another name, since a file cannot define a name that it reads."""

native_py_info = PyInfo
