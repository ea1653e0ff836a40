"""What the rules of layers tell each other, and how a layer is made."""

LayerInfo = provider(
    doc = "One layer.",
    fields = {
        "contents": "JSON: which component brought which file (tools/images/contents.py).",
        "repositories": "the canonical names of the repositories whose wheels are in it.",
        "tar": "the layer, tar and gzip.",
    },
)

LayersInfo = provider(
    doc = "The layers of an image, the lowest first.",
    fields = {"layers": "a list of LayerInfo."},
)

def make_layer(ctx, arguments, inputs, mnemonic, repositories = []):
    """Runs the tool of a layer rule.

    Args:
        ctx: the rule's; its attribute `_tool` is the program.
        arguments: what the program gets besides the places of its files, which are named as the target.
        inputs: what it reads.
        mnemonic: the action's.
        repositories: the canonical names of the repositories whose wheels are in the layer.
    Returns:
        the rule's providers.
    """
    tar = ctx.actions.declare_file(ctx.label.name + ".tar.gz")
    contents = ctx.actions.declare_file(ctx.label.name + ".contents.json")
    arguments.add("--output", tar)
    arguments.add("--contents", contents)
    arguments.use_param_file("@%s", use_always = True)
    arguments.set_param_file_format("multiline")
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [arguments],
        inputs = inputs,
        outputs = [tar, contents],
        mnemonic = mnemonic,
        progress_message = "Making layer %{label}",
    )
    return [
        DefaultInfo(files = depset([tar])),
        OutputGroupInfo(contents = depset([contents])),
        LayerInfo(contents = contents, repositories = repositories, tar = tar),
    ]

def no_layer():
    """A layer without files: nothing, so that no image has an empty one.

    Returns:
        the rule's providers.
    """
    return [DefaultInfo(), LayerInfo(contents = None, repositories = [], tar = None)]
