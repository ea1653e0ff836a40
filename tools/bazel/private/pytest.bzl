"""Tests that pytest runs, with JUnit XML that Bazel and CI can count."""

load("@rules_python//python:defs.bzl", "py_test")

def pytest_test(name, srcs, deps = [], data = [], env = {}, size = "small", tags = [], **attributes):
    """Runs every test of `srcs` under pytest, with the settings of pyproject.toml.

    Args:
        name: the target's name.
        srcs: the test modules; a conftest.py among them is for the others.
        deps: what they import; pytest itself is added.
        data: files that they read, by their path from the repository's root.
        env: environment variables; `$(rootpath …)` of data works.
        size: as of any Bazel test.
        tags: as of any Bazel test.
        **attributes: the rest of py_test's.
    """
    py_test(
        name = name,
        srcs = srcs + ["//tools/bazel/private:pytest_main.py"],
        args = ["$(rootpath {})".format(src) for src in srcs if not src.endswith("conftest.py")],
        data = data + srcs,
        deps = deps + ["//tools/bazel/private:pytest_settings", "@pypi//pytest"],
        env = env,
        main = "//tools/bazel/private:pytest_main.py",
        size = size,
        tags = tags,
        **attributes
    )

def coverage_test(name, srcs, covers, deps = [], size = "small", **attributes):
    """Runs every test of `srcs` but the property tests, and fails when they leave out a line or a branch.

    Args:
        name: the target's name.
        srcs: the test modules.
        covers: the modules that have to be covered; one that nothing imports is not.
        deps: what the tests import; pytest and coverage are added.
        size: as of any Bazel test.
        **attributes: the rest of py_test's.
    """
    if not covers:
        fail("coverage_test '{}' covers nothing: name the modules in 'covers'.".format(name))
    py_test(
        name = name,
        srcs = srcs + [
            "//tools/bazel/private:coverage_main.py",
            "//tools/bazel/private:pytest_main.py",
        ],
        args = (
            ["--covers"] + ["$(rootpaths {})".format(module) for module in covers] +
            ["--tests"] + ["$(rootpaths {})".format(src) for src in srcs]
        ),
        data = covers + srcs,
        deps = deps + [
            "//tools/bazel/private:pytest_settings",
            "@pypi//coverage",
            "@pypi//pytest",
        ],
        main = "//tools/bazel/private:coverage_main.py",
        size = size,
        **attributes
    )
