"""A step of the pipeline as a program."""

load("@rules_python//python:defs.bzl", "py_binary", "py_library")

def step(name, srcs, main, deps = [], data = []):
    """Makes the step's program `name`, and the library `lib` of its modules for its tests.

    Args:
        name: the step's name, the same as in pipeline.yaml.
        srcs: its modules without tests; `main` may be among them.
        main: the module that is started.
        deps: what the modules import.
        data: files that they read.
    """
    modules = [src for src in srcs if src != main]
    py_library(
        name = "lib",
        srcs = modules,
        data = data,
        visibility = ["//visibility:public"],
        deps = deps,
    )
    py_binary(
        name = name,
        srcs = [main],
        main = main,
        visibility = ["//visibility:public"],
        deps = [":lib"],
    )
