"""What orchestrator and steps run from when they run from images of this machine: a folder and a digest each."""

def _layout_images_impl(ctx):
    arguments = ctx.actions.args()
    arguments.add("--output", ctx.outputs.out)
    arguments.add_all(ctx.files.locks, before_each = "--lock")
    (own,) = ctx.attr.orchestrator[DefaultInfo].files.to_list()
    arguments.add("--orchestrator")
    arguments.add_all([own], map_each = _named, expand_directories = False)
    layouts = [own]
    for image, step in ctx.attr.steps.items():
        (layout,) = image[DefaultInfo].files.to_list()
        layouts.append(layout)
        arguments.add("--image")
        arguments.add_all([layout], map_each = _named, expand_directories = False)
        arguments.add(step)
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [arguments],
        inputs = layouts + ctx.files.locks,
        outputs = [ctx.outputs.out],
        mnemonic = "LayoutImages",
        progress_message = "Taking the digests of the images",
    )

def _named(file):
    # Where programs find it below their runfiles, and where it is now.
    return [file.short_path, file.path]

layout_images = rule(
    doc = "Writes JSON: `images` and `orchestrator` of release.json for images of this machine, and the `locks`' hashes.",
    implementation = _layout_images_impl,
    attrs = {
        "locks": attr.label_list(allow_files = True, mandatory = True, doc = "What fixes everything from elsewhere."),
        "orchestrator": attr.label(mandatory = True, doc = "The orchestrator's image."),
        "out": attr.output(mandatory = True, doc = "The JSON file."),
        "steps": attr.label_keyed_string_dict(mandatory = True, doc = "Image to step name."),
        "_tool": attr.label(
            default = "//tools/bazel/private:layout_images",
            cfg = "exec",
            executable = True,
        ),
    },
)
