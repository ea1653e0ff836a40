"""The rules behind //python:defs.bzl. Bazel's own would ask for a C++ toolchain and start by a python3 on PATH."""

_TOOLCHAIN = Label("//python:toolchain_type")
_DEPS = attr.label_list(providers = [PyInfo])
_LIBRARY = {
    "data": attr.label_list(allow_files = True),
    "deps": _DEPS,
    "imports": attr.string_list(),
    "srcs": attr.label_list(allow_files = [".py"]),
}
_PROGRAM = _LIBRARY | {
    "env": attr.string_dict(),
    "main": attr.label(allow_single_file = [".py"]),
    "_launcher": attr.label(default = "//python:launcher.sh.tpl", allow_single_file = True),
}

def _import_path(ctx, path):
    """An entry of `imports` as a path in the runfiles, whose folder is the repository's name."""
    parts = [ctx.label.workspace_name or ctx.workspace_name, ctx.label.package, path]
    return "/".join([part for part in parts if part and part != "."])

def _py_info(ctx):
    dependencies = [dependency[PyInfo] for dependency in ctx.attr.deps]
    return PyInfo(
        imports = depset(
            [_import_path(ctx, path) for path in ctx.attr.imports],
            transitive = [info.imports for info in dependencies],
        ),
        transitive_sources = depset(
            ctx.files.srcs,
            order = "postorder",
            transitive = [info.transitive_sources for info in dependencies],
        ),
    )

def _runfiles(ctx, files = [], transitive = None):
    # Of a target in `data` only its data runfiles, as rules_python does: a filegroup's programs lack theirs there.
    return ctx.runfiles(files = ctx.files.srcs + files, transitive_files = transitive, collect_default = True)

def _py_library_impl(ctx):
    return [
        DefaultInfo(files = depset(ctx.files.srcs), runfiles = _runfiles(ctx)),
        _py_info(ctx),
    ]

py_library = rule(
    implementation = _py_library_impl,
    doc = "Modules that others import.",
    attrs = _LIBRARY,
    provides = [PyInfo],
)

def _environment(ctx):
    values = {
        name: ctx.expand_location(value, ctx.attr.data)
        for name, value in ctx.attr.env.items()
    }
    return RunEnvironmentInfo(environment = values, inherited_environment = getattr(ctx.attr, "env_inherit", []))

def _main(ctx):
    """The file that is started: `main`, or the source named as the target."""
    if ctx.file.main:
        return ctx.file.main
    named = [src for src in ctx.files.srcs if src.basename == ctx.label.name + ".py"]
    if len(named) != 1:
        fail("{}: say which file is `main`, or name one of srcs {}.py".format(ctx.label, ctx.label.name))
    return named[0]

def _program_impl(ctx):
    info = _py_info(ctx)
    main = _main(ctx)
    runtime = ctx.toolchains[_TOOLCHAIN].py3_runtime
    launcher = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.expand_template(
        template = ctx.file._launcher,
        output = launcher,
        is_executable = True,
        substitutions = {
            "%imports%": ":".join(info.imports.to_list()),
            "%main%": "{}/{}".format(ctx.workspace_name, main.short_path),
            "%python_binary%": "{}/{}".format(ctx.workspace_name, runtime.interpreter.short_path),
            "%target%": str(ctx.label),
            "%workspace_name%": ctx.workspace_name,
        },
    )
    return [
        DefaultInfo(
            executable = launcher,
            files = depset([launcher]),
            runfiles = _runfiles(ctx, files = [runtime.interpreter, main], transitive = runtime.files),
        ),
        info,
        _environment(ctx),
    ]

py_binary = rule(
    implementation = _program_impl,
    doc = "A program, started by sh on the toolchain's interpreter.",
    attrs = _PROGRAM,
    executable = True,
    provides = [PyInfo],
    toolchains = [_TOOLCHAIN],
)

py_test = rule(
    implementation = _program_impl,
    doc = "A program whose exit code is a test's result.",
    attrs = _PROGRAM | {"env_inherit": attr.string_list()},
    provides = [PyInfo],
    test = True,
    toolchains = [_TOOLCHAIN],
)
