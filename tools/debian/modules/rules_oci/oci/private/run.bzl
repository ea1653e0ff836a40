"""oci_load and oci_push: what `bazel run` does with an image, by programs in //oci/writer."""

load("//oci/private:attributes.bzl", "as_file", "common_attributes", "lines")

def _in_runfiles(ctx, file):
    return "\"$runfiles/{}/{}\"".format(ctx.workspace_name, file.short_path)

def _run(ctx, words):
    """An executable that starts the rule's program with the image's folder, the names' file and more words."""
    image = ctx.file.image
    if not image.is_directory:
        fail("{}: the image {} has to be one layout folder".format(ctx.label, ctx.attr.image.label))
    names = ctx.file.names
    if not names:
        names = ctx.actions.declare_file(ctx.label.name + ".tags.txt")
        ctx.actions.write(names, "")
    script = ctx.actions.declare_file(ctx.attr.script_prefix + ctx.label.name + ".sh")
    ctx.actions.expand_template(
        template = ctx.file._script,
        output = script,
        is_executable = True,
        substitutions = {
            "%arguments%": " ".join([_in_runfiles(ctx, image), _in_runfiles(ctx, names)] + words),
            "%program%": "{}/{}".format(ctx.workspace_name, ctx.executable.program.short_path),
            "%target%": str(ctx.label),
        },
    )
    runfiles = ctx.runfiles(files = [image, names]).merge_all([
        ctx.attr.image[DefaultInfo].default_runfiles,
        ctx.attr.program[DefaultInfo].default_runfiles,
    ])
    return [DefaultInfo(executable = script, files = depset([script]), runfiles = runfiles)]

_ATTRIBUTES = {
    "image": attr.label(mandatory = True, allow_single_file = True, doc = "An oci_image."),
    "names": attr.label(allow_single_file = True, doc = "Tags or names, one a line."),
    "program": attr.label(mandatory = True, cfg = "target", executable = True, doc = "What is started."),
    "script_prefix": attr.string(doc = "What the executable's name begins with."),
    "_script": attr.label(default = "//oci/private:run.sh.tpl", allow_single_file = True),
}

def _oci_load_impl(ctx):
    return _run(ctx, [])

_oci_load = rule(
    implementation = _oci_load_impl,
    doc = "Loads an image into this machine's Docker, podman or nerdctl.",
    attrs = _ATTRIBUTES,
    executable = True,
)

def _oci_push_impl(ctx):
    repository = ctx.attr.repository
    if "'" in repository or "@" in repository or ":" in repository.split("/")[-1]:
        fail("{}: `repository` is {}; it is HOST/PATH, without tag or digest".format(
            ctx.label,
            repr(repository),
        ))
    return _run(ctx, ["'{}'".format(repository)])

_oci_push = rule(
    implementation = _oci_push_impl,
    doc = "Pushes an image by the machine's crane.",
    attrs = _ATTRIBUTES | {"repository": attr.string(doc = "Where to, unless the command line says.")},
    executable = True,
)

def oci_load(name, image, repo_tags = None, format = "docker", **attributes):
    """`bazel run` of it loads an image into Docker, podman or nerdctl, whichever is on PATH first.

    Args:
        name: the target's name.
        image: an oci_image.
        repo_tags: the names it gets; a list or a file of lines.
        format: "docker".
        **attributes: tags, testonly, visibility.
    """
    if format != "docker":
        fail("oci_load(name = \"{}\"): the stand-in for rules_oci knows format = \"docker\" alone".format(name))
    common = common_attributes("oci_load", name, attributes)
    _oci_load(
        name = name,
        image = image,
        names = as_file(name, "tags", repo_tags, common, lines),
        program = Label("//oci/writer:load"),
        **common
    )

def oci_push(name, image, repository = None, remote_tags = None, **attributes):
    """`bazel run` of it pushes an image; README.md lists the flags after `--`.

    Args:
        name: the target's name.
        image: an oci_image.
        repository: where to, without tag and digest; `--repository` wins over it.
        remote_tags: tags to set; a list or a file of lines.
        **attributes: tags, testonly, visibility.
    """
    common = common_attributes("oci_push", name, attributes)
    _oci_push(
        name = name,
        image = image,
        names = as_file(name, "tags", remote_tags, common, lines),
        program = Label("//oci/writer:push"),
        repository = repository,
        script_prefix = "push_",
        **common
    )
