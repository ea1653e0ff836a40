"""The pipeline file with every default resolved."""

def _resolved_pipeline_impl(ctx):
    ctx.actions.run(
        executable = ctx.executable._nightjar,
        arguments = ["validate", ctx.file.src.path, "--resolved", ctx.outputs.out.path],
        inputs = [ctx.file.src],
        outputs = [ctx.outputs.out],
        mnemonic = "ResolvePipeline",
        progress_message = "Resolving %{input}",
    )

resolved_pipeline = rule(
    doc = "Checks a pipeline file and writes its resolved form, canonical JSON; everything but nightjar reads that.",
    implementation = _resolved_pipeline_impl,
    attrs = {
        "out": attr.output(mandatory = True, doc = "The JSON file."),
        "src": attr.label(allow_single_file = [".yaml"], mandatory = True, doc = "The file that people write."),
        "_nightjar": attr.label(
            default = "//orchestrator",
            cfg = "exec",
            executable = True,
        ),
    },
)
