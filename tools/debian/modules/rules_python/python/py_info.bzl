"""The provider of Python targets: Bazel's own."""

load("//python/private:native.bzl", "native_py_info")

PyInfo = native_py_info
