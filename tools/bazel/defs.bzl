"""The public macros: what a BUILD file of a step or of a test loads."""

load("//tools/bazel/private:pytest.bzl", _pytest_test = "pytest_test")
load("//tools/bazel/private:step.bzl", _step = "step")

pytest_test = _pytest_test
step = _step
