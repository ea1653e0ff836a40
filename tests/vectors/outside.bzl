"""A repository whose tars the cases name as `@renamed_ext//…`, the name that MODULE.bazel gives it."""

_BUILD = """\"\"\"Made by //tests/vectors:outside.bzl.\"\"\"

load("@@//tests/vectors:made.bzl", "made")

exports_files(["e.tar"])

made(
    name = "g",
    testonly = True,
    src = "e.tar",
    visibility = ["//visibility:public"],
)
"""

def _outside_impl(ctx):
    ctx.symlink(ctx.attr.tar, "e.tar")
    ctx.file("BUILD.bazel", _BUILD, executable = False)

_outside = repository_rule(
    implementation = _outside_impl,
    attrs = {"tar": attr.label(mandatory = True)},
)

def _extension_impl(_ctx):
    _outside(
        name = "outside",
        tar = Label("//tests/vectors:cases/more/tar-external-repo/inputs/a.tar"),
    )

outside = module_extension(
    doc = "Makes the repository `outside`.",
    implementation = _extension_impl,
)
