"""What orchestrator and steps run from when they run as processes: a digest and a command each."""

load("@rules_python//python:py_info.bzl", "PyInfo")

def _own_files(ctx, program):
    """The files of this repository that a program is made of; what it takes from elsewhere is in the locks.

    Without what the program's own rule makes to start it: that is another thing with each version of the rules.
    """
    return [
        file
        for file in program[DefaultInfo].default_runfiles.files.to_list()
        if file.owner.workspace_name == ctx.label.workspace_name and file.owner != program.label
    ]

def _process_images_impl(ctx):
    arguments = ctx.actions.args()
    arguments.add("--output", ctx.outputs.out)
    arguments.add_all(ctx.files.locks, before_each = "--lock")
    inputs = []
    for program, step in [(ctx.attr.orchestrator, None)] + ctx.attr.steps.items():
        files = _own_files(ctx, program)
        if step == None:
            arguments.add("--orchestrator")
        else:
            arguments.add("--step", step)
        arguments.add("--command", program[DefaultInfo].files_to_run.executable.short_path)
        arguments.add_all(files, before_each = "--file", format_each = "%s", map_each = _named)
        inputs += files
    arguments.use_param_file("@%s", use_always = True)
    arguments.set_param_file_format("multiline")
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [arguments],
        inputs = inputs + ctx.files.locks,
        outputs = [ctx.outputs.out],
        mnemonic = "ProcessImages",
        progress_message = "Taking the digests of the steps",
    )

def _named(file):
    return "{}={}".format(file.short_path, file.path)

process_images = rule(
    doc = "Writes JSON: `images` and `orchestrator` of release.json for processes, and the hashes of the `locks`.",
    implementation = _process_images_impl,
    attrs = {
        "locks": attr.label_list(allow_files = True, mandatory = True, doc = "What fixes everything from elsewhere."),
        "orchestrator": attr.label(mandatory = True, doc = "The orchestrator's program.", providers = [PyInfo]),
        "out": attr.output(mandatory = True, doc = "The JSON file."),
        "steps": attr.label_keyed_string_dict(mandatory = True, doc = "Program to step name.", providers = [PyInfo]),
        "_tool": attr.label(
            default = "//tools/bazel/private:process_images",
            cfg = "exec",
            executable = True,
        ),
    },
)
