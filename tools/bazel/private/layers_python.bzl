"""Layers of Python modules: single wheels, and the parts of a program."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//tools/bazel/private:layers_info.bzl", "LayerInfo", "make_layer", "no_layer")

# Debian's site adds this folder to the path of its interpreter, in isolated mode too.
_PREFIX = "usr/local/lib/python3.13/dist-packages"

def _python_layer(ctx, files, mnemonic, repositories = []):
    arguments = ctx.actions.args()
    arguments.add("--prefix", _PREFIX)
    arguments.add_all(files, map_each = _part)
    return make_layer(ctx, arguments, depset(files), mnemonic, repositories = repositories)

def _part(file):
    repository = file.owner.workspace_name
    if not repository:
        return "={}={}".format(file.short_path, file.path)
    return "{}={}={}".format(repository, file.short_path.split("/site-packages/", 1)[1], file.path)

def _runfiles(target):
    return target[DefaultInfo].default_runfiles.files.to_list()

def _is_of_wheel(file):
    """Whether it is a file of a wheel that goes into an image; bytecode we make ourselves."""
    parts = file.short_path.split("/")
    return parts[0] == ".." and len(parts) > 3 and parts[2] == "site-packages" and "__pycache__" not in parts

def _wheel_layer_impl(ctx):
    repository = ctx.attr.wheel.label.workspace_name
    files = [
        file
        for file in _runfiles(ctx.attr.wheel)
        if file.owner.workspace_name == repository and _is_of_wheel(file)
    ]
    if not files:
        fail("{}: {} has no files below site-packages".format(ctx.label, ctx.attr.wheel.label))
    return _python_layer(ctx, files, "WheelLayer", repositories = [repository])

wheel_layer = rule(
    doc = "A layer of one wheel, without those that it needs.",
    implementation = _wheel_layer_impl,
    attrs = {
        "wheel": attr.label(mandatory = True, providers = [PyInfo], doc = "A wheel of @pypi."),
        "_tool": attr.label(default = "//tools/images:python_layer", cfg = "exec", executable = True),
    },
)

def _is_own(ctx, file):
    """Whether it is a file of this repository that is not just made for starting the program here."""
    return file.owner.workspace_name == ctx.label.workspace_name and file.owner != ctx.attr.program.label

def _program_layer_impl(ctx):
    files = _runfiles(ctx.attr.program)
    package = ctx.attr.program.label.package + "/"
    if ctx.attr.part == "wheels":
        apart = [name for layer in ctx.attr.apart for name in layer[LayerInfo].repositories]
        files = [file for file in files if _is_of_wheel(file) and file.owner.workspace_name not in apart]
    else:
        app = ctx.attr.part == "app"
        files = [file for file in files if _is_own(ctx, file) and file.short_path.startswith(package) == app]
    return _python_layer(ctx, files, "ProgramLayer") if files else no_layer()

program_layer = rule(
    doc = "A layer of a part of what a py_binary needs; none where that part is empty.",
    implementation = _program_layer_impl,
    attrs = {
        "apart": attr.label_list(providers = [LayerInfo], doc = "With `wheels`: layers of the wheels that are left out."),
        "part": attr.string(
            mandatory = True,
            values = ["app", "kit", "wheels"],
            doc = "`app`: the program's own folder, `kit`: the rest of this repository, `wheels`.",
        ),
        "program": attr.label(mandatory = True, providers = [PyInfo], doc = "The py_binary."),
        "_tool": attr.label(default = "//tools/images:python_layer", cfg = "exec", executable = True),
    },
)
