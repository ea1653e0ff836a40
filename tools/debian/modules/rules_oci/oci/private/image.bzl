"""oci_image: an OCI image layout from tars, written by the program in //oci/writer."""

load("//oci/private:attributes.bzl", "as_file", "commas", "common_attributes", "lines", "pairs")

_TARS = [".tar", ".tar.gz", ".tar.zst", ".tgz", ".tzst"]
_TEXTS = {
    "annotations": pairs,
    "cmd": lines,
    "entrypoint": lines,
    "env": pairs,
    "exposed_ports": commas,
    "labels": pairs,
    "volumes": commas,
}
_FILES = _TEXTS.keys() + ["created"]
_PROGRAM = {"_program": attr.label(default = "//oci/writer:image", cfg = "exec", executable = True)}

_DescribedInfo = provider(
    doc = "What is known about the tars of a target.",
    fields = {"descriptions": "tar to the file with its digests, size and compression"},
)

def _check_platform(ctx):
    given = [name for name in ["architecture", "os", "variant"] if getattr(ctx.attr, name)]
    if ctx.attr.base and given:
        fail("{}: with a `base`, leave out {}: the base says for what it is".format(ctx.label, ", ".join(given)))
    if not ctx.attr.base and not (ctx.attr.os and ctx.attr.architecture):
        fail("{}: without a `base`, say `os` and `architecture`".format(ctx.label))

def _describe(ctx, tar, name):
    description = ctx.actions.declare_file(name + ".descriptor.json")
    ctx.actions.run(
        executable = ctx.executable._program,
        arguments = ["describe", tar.path, description.path],
        inputs = [tar],
        outputs = [description],
        mnemonic = "OCIDescriptor",
        progress_message = "Describing the layer %{input}",
    )
    return description

def _described_impl(target, ctx):
    return [_DescribedInfo(descriptions = {
        tar: _describe(ctx, tar, "{}.{}".format(ctx.label.name, number))
        for number, tar in enumerate(target.files.to_list())
    })]

_described = aspect(
    implementation = _described_impl,
    doc = "Describes each file of a layer's target once, for all images that have it.",
    attrs = _PROGRAM,
)

def _descriptions(ctx):
    """The description of each tar. Bazel runs aspects on no source files, so those are described for this image."""
    shared = {}
    for target in ctx.attr.tars:
        if _DescribedInfo in target:
            shared.update(target[_DescribedInfo].descriptions)
    return [
        shared[tar] if tar in shared else _describe(ctx, tar, "{}.{}".format(ctx.label.name, number))
        for number, tar in enumerate(ctx.files.tars)
    ]

def _base(ctx):
    """The base's layout: the one folder that the target makes."""
    if not ctx.attr.base:
        return None
    if len(ctx.files.base) != 1 or not ctx.files.base[0].is_directory:
        fail("{}: the base {} has to be one layout folder".format(ctx.label, ctx.attr.base.label))
    return ctx.files.base[0]

def _oci_image_impl(ctx):
    _check_platform(ctx)
    base = _base(ctx)
    layout = ctx.actions.declare_directory(ctx.label.name)
    digest = ctx.actions.declare_file(ctx.label.name + ".json.sha256")
    tars = ctx.files.tars
    descriptions = _descriptions(ctx)
    inputs = tars + descriptions

    arguments = ctx.actions.args()
    arguments.add("write")
    arguments.add("--output", layout.path)
    arguments.add("--digest", digest)
    if base:
        arguments.add("--base", base.path)
        inputs.append(base)
    for tar, description in zip(tars, descriptions):
        # The label becomes part of the image; as a Label it is written the way that the main module would.
        arguments.add("--layer", tar.owner)
        arguments.add(tar)
        arguments.add(description)
    for name in ["architecture", "os", "user", "variant", "workdir"]:
        value = getattr(ctx.attr, name)
        if value:
            arguments.add(value, format = "--{}=%s".format(name))
    for name in _FILES:
        file = getattr(ctx.file, name)
        if file:
            arguments.add(file, format = "--{}=%s".format(name))
            inputs.append(file)

    ctx.actions.run(
        executable = ctx.executable._program,
        arguments = [arguments],
        inputs = inputs,
        outputs = [layout, digest],
        mnemonic = "OCIImage",
        progress_message = "Writing the image %{label}",
    )

    # The layers of the layout are links to the tars and to the base's blobs.
    runfiles = ctx.runfiles(files = [layout] + tars)
    if base:
        runfiles = runfiles.merge(ctx.runfiles([base])).merge(ctx.attr.base[DefaultInfo].default_runfiles)
    return [
        DefaultInfo(files = depset([layout]), runfiles = runfiles),
        OutputGroupInfo(digest = depset([digest])),
    ]

_oci_image = rule(
    implementation = _oci_image_impl,
    doc = "One image as a layout folder.",
    attrs = {
        "architecture": attr.string(doc = "Processor, without a base."),
        "base": attr.label(doc = "The image to build on: any target that makes one layout folder."),
        "os": attr.string(doc = "Operating system, without a base."),
        "tars": attr.label_list(allow_files = _TARS, aspects = [_described], doc = "The layers, bottom first."),
        "user": attr.string(doc = "User and group that the program runs as."),
        "variant": attr.string(doc = "Variant of the processor, without a base."),
        "workdir": attr.string(doc = "Working directory of the program."),
    } | _PROGRAM | {
        name: attr.label(allow_single_file = True, doc = "A text file; the macro makes it from a list or dictionary.")
        for name in _FILES
    },
)

def oci_image(
        name,
        base = None,
        tars = [],
        os = None,
        architecture = None,
        variant = None,
        user = None,
        workdir = None,
        created = None,
        **attributes):
    """An image `name` as a layout folder, and `name.digest`: its manifest's digest in a file.

    Args:
        name: the image; its folder has this name.
        base: the image to build on.
        tars: the layers, bottom first.
        os: operating system, without a base.
        architecture: processor, without a base.
        variant: variant of the processor, without a base.
        user: user and group that the program runs as.
        workdir: working directory of the program.
        created: file with the time of creation.
        **attributes: annotations, env, labels (dictionary or file of `key=value` lines); cmd, entrypoint (list or file
            of lines); exposed_ports, volumes (list or file with commas); tags, testonly, visibility.
    """
    common = common_attributes("oci_image", name, attributes, known = _TEXTS)
    _oci_image(
        name = name,
        architecture = architecture,
        base = base,
        created = created,
        os = os,
        tars = tars,
        user = user,
        variant = variant,
        workdir = workdir,
        **({
            key: as_file(name, key, attributes.get(key), common, encode)
            for key, encode in _TEXTS.items()
        } | common)
    )
    native.filegroup(
        name = name + ".digest",
        srcs = [name],
        output_group = "digest",
        **common
    )
