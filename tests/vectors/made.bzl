"""Tars and layout folders that rules make, since their labels and kinds are part of what the cases show."""

def _made_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".tar")
    ctx.actions.symlink(output = out, target_file = ctx.file.src)
    return [DefaultInfo(files = depset([out]))]

made = rule(
    implementation = _made_impl,
    doc = "A tar whose label is a rule's.",
    attrs = {"src": attr.label(allow_single_file = True, mandatory = True, doc = "The tar.")},
)

def _layout_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    arguments = ctx.actions.args()
    arguments.add(out.path)
    arguments.add("{}/{}".format(ctx.label.package, ctx.attr.folder))
    arguments.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = ctx.executable._copy,
        arguments = [arguments],
        inputs = ctx.files.srcs,
        outputs = [out],
        mnemonic = "CopyLayout",
    )
    return [DefaultInfo(files = depset([out]))]

layout = rule(
    implementation = _layout_impl,
    doc = "A layout folder made by another rule than oci_image.",
    attrs = {
        "folder": attr.string(mandatory = True, doc = "The folder of the sources, in this package."),
        "srcs": attr.label_list(allow_files = True, mandatory = True, doc = "All files of the folder."),
        "_copy": attr.label(default = "//tests/vectors:copy_layout", cfg = "exec", executable = True),
    },
)
