"""The layers of an image, and its SBOM."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//tools/bazel/private:layers_info.bzl", "LayerInfo", "LayersInfo")

def _image_layers_impl(ctx):
    needed = {file.owner.workspace_name: True for file in ctx.attr.program[DefaultInfo].default_runfiles.files.to_list()}
    wheels = [
        layer[LayerInfo]
        for layer in ctx.attr.wheels
        if [name for name in layer[LayerInfo].repositories if name in needed]
    ]
    layers = [layer[LayerInfo] for layer in ctx.attr.below] + wheels + [layer[LayerInfo] for layer in ctx.attr.above]
    layers = [layer for layer in layers if layer.tar]
    return [
        DefaultInfo(files = depset([layer.tar for layer in layers])),
        OutputGroupInfo(contents = depset([layer.contents for layer in layers])),
        LayersInfo(layers = layers),
    ]

image_layers = rule(
    doc = "The layers of an image in their order. A wheel's layer is among them only if the program needs the wheel.",
    implementation = _image_layers_impl,
    attrs = {
        "above": attr.label_list(providers = [LayerInfo], doc = "The program's own layers."),
        "below": attr.label_list(providers = [LayerInfo], doc = "What every image has."),
        "program": attr.label(mandatory = True, providers = [PyInfo], doc = "The py_binary."),
        "wheels": attr.label_list(providers = [LayerInfo], doc = "Layers of single wheels."),
    },
)

def _sbom_impl(ctx):
    contents = [layer.contents for layer in ctx.attr.layers[LayersInfo].layers]
    arguments = ctx.actions.args()
    arguments.add("--output", ctx.outputs.out)
    arguments.add("--image", ctx.attr.image)
    arguments.add("--requirements", ctx.file._requirements)
    arguments.add("--debian", ctx.file._debian)
    arguments.add_all(contents)
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [arguments],
        inputs = contents + [ctx.file._requirements, ctx.file._debian],
        outputs = [ctx.outputs.out],
        mnemonic = "Sbom",
        progress_message = "Writing the SBOM of %{label}",
    )

sbom = rule(
    doc = "CycloneDX JSON: the components of an image, from its layers and the locks.",
    implementation = _sbom_impl,
    attrs = {
        "image": attr.string(mandatory = True, doc = "The image's name."),
        "layers": attr.label(mandatory = True, providers = [LayersInfo], doc = "The image's layers."),
        "out": attr.output(mandatory = True, doc = "The JSON file."),
        "_debian": attr.label(default = "//tools/debian:debian.lock", allow_single_file = True),
        "_requirements": attr.label(default = "//:requirements.lock", allow_single_file = True),
        "_tool": attr.label(default = "//tools/images:sbom", cfg = "exec", executable = True),
    },
)
