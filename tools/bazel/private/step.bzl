"""A step of the pipeline as a program and as an image."""

load("@rules_python//python:defs.bzl", "py_binary", "py_library")
load("//tools/bazel/private:step_image.bzl", "step_image")

def step(name, srcs, main, deps = [], data = [], debs = []):
    """Makes the step's program `name`, the library `lib` of its modules for its tests, and its image `image`.

    Args:
        name: the step's name, the same as in pipeline.yaml.
        srcs: its modules without tests; `main` may be among them.
        main: the module that is started.
        deps: what the modules import.
        data: files that they read.
        debs: Debian packages that the image has besides; names of the Debian lock.
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
    step_image(
        name = "image",
        debs = debs,
        program = name,
    )
