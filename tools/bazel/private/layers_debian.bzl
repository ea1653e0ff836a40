"""Layers of Debian packages."""

load("//tools/bazel/private:layers_info.bzl", "make_layer")

def _debian_layer_impl(ctx):
    arguments = ctx.actions.args()
    arguments.add("--drop", ctx.file.drop)
    arguments.add_all(ctx.files.packages, before_each = "--package")
    if ctx.file.skeleton:
        arguments.add("--skeleton", ctx.file.skeleton)
    for file in ctx.files.root:
        arguments.add("--root", file, format = file.short_path.split("/root/", 1)[1] + "=%s")
    if ctx.attr.certificates:
        arguments.add("--certificates", ctx.attr.certificates)
    if ctx.attr.bytecode:
        arguments.add("--bytecode")
    inputs = ctx.files.packages + ctx.files.root + ctx.files.skeleton + [ctx.file.drop]
    return make_layer(ctx, arguments, inputs, "DebianLayer")

debian_layer = rule(
    doc = "A layer of Debian packages, unpacked without their maintainer scripts.",
    implementation = _debian_layer_impl,
    attrs = {
        "bytecode": attr.bool(doc = "Compile every Python module."),
        "certificates": attr.string(doc = "Where the bundle of certificate authorities goes; they are in a package."),
        "drop": attr.label(
            default = "//images:drop.toml",
            allow_single_file = [".toml"],
            doc = "What does not go in, with reasons.",
        ),
        "packages": attr.label_list(allow_files = [".deb"], doc = "Files of @debs."),
        "root": attr.label_list(allow_files = True, doc = "Files by their path below a folder named `root`."),
        "skeleton": attr.label(allow_single_file = [".toml"], doc = "Folders and links."),
        "_tool": attr.label(default = "//tools/images:debian_layer", cfg = "exec", executable = True),
    },
)
