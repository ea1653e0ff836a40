"""The repositories behind `@pypi`: all wheels as downloaded, each one unpacked, and the hub."""

def _pip(ctx, python):
    """The command line of Debian's pip, which lies in the interpreter's tree as a wheel."""
    folder = python.dirname.dirname.get_child("share", "python-wheels")
    wheels = [path for path in folder.readdir() if path.basename.startswith("pip-")]
    if len(wheels) != 1:
        fail("{} should hold one wheel of pip, it holds {}".format(folder, len(wheels)))
    return [python, "-P", "-s", "-m", "pip"], {"PYTHONPATH": str(wheels[0])}

def _wheelhouse_impl(ctx):
    command, environment = _pip(ctx, ctx.path(ctx.attr.python))
    ctx.report_progress("pip downloads the wheels of requirements.lock")
    ctx.file("wheels/.keep")
    result = ctx.execute(
        command + [
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-cache-dir",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "--dest=wheels",
            "--requirement",
            ctx.path(ctx.attr.requirements_lock),
        ],
        environment = environment,
        timeout = 1800,
    )
    if result.return_code != 0:
        fail((
            "pip could not download the wheels of requirements.lock. Check the network and pip's own settings " +
            "(index, certificates, proxy); what came so far is not used.\n{}"
        ).format(result.stderr))
    indexed = ctx.execute([ctx.path(ctx.attr.python), "-I", ctx.path(ctx.attr._index), "wheels"])
    if indexed.return_code != 0:
        fail(indexed.stderr)
    ctx.file("index.json", indexed.stdout, executable = False)
    ctx.file("BUILD.bazel", "", executable = False)

wheelhouse = repository_rule(
    doc = "All wheels of a lock, and index.json: sha256 to path.",
    implementation = _wheelhouse_impl,
    attrs = {
        "python": attr.label(mandatory = True),
        "requirements_lock": attr.label(mandatory = True),
        "_index": attr.label(default = "//python/private:index.py"),
    },
)

_WHEEL = """\"\"\"Made by the stand-in for rules_python.\"\"\"

load("@@{rules_python}//python:defs.bzl", "py_library")

package(default_visibility = ["//visibility:public"])

py_library(
    name = "pkg",
    srcs = glob(["site-packages/**/*.py"], allow_empty = True),
    data = glob(
        ["site-packages/**", "bin/**"],
        exclude = ["site-packages/**/*.py"],
        allow_empty = True,
    ),
    imports = ["site-packages"],
    tags = ["pypi_name={name}", "pypi_version={version}"],
    deps = {deps},
)

filegroup(
    name = "data",
    srcs = glob(["bin/**"], allow_empty = True),
)

filegroup(
    name = "dist_info",
    srcs = glob(["site-packages/*.dist-info/**"]),
)

exports_files(glob(["bin/**"], allow_empty = True))
"""

def _wheel_impl(ctx):
    index = json.decode(ctx.read(ctx.attr.wheelhouse))
    if ctx.attr.sha256 not in index:
        fail("{} has no wheel with sha256 {}".format(ctx.attr.wheelhouse, ctx.attr.sha256))
    house = ctx.path(ctx.attr.wheelhouse).dirname
    python = ctx.path(ctx.attr.python)
    _, environment = _pip(ctx, python)
    result = ctx.execute(
        [python, "-P", "-s", ctx.path(ctx.attr._unpack), house.get_child(index[ctx.attr.sha256]), ".", ",".join(ctx.attr.extras)],
        environment = environment,
    )
    if result.return_code != 0:
        fail("{} could not be unpacked:\n{}".format(index[ctx.attr.sha256], result.stderr))
    unpacked = json.decode(result.stdout)
    unknown = [name for name in unpacked["requires"] if name not in ctx.attr.known]
    if unknown:
        fail("{} needs {}, which requirements.lock lacks. Renew it: ./bazelw run //:lock".format(
            index[ctx.attr.sha256],
            ", ".join(unknown),
        ))
    prefix = "@@" + ctx.name[:-len(ctx.name.split(ctx.attr.hub + "_")[-1])]
    ctx.file("BUILD.bazel", _WHEEL.format(
        deps = json.encode_indent([prefix + name + "//:pkg" for name in unpacked["requires"]], indent = "    "),
        name = unpacked["name"],
        rules_python = Label("//python:defs.bzl").workspace_name,
        version = unpacked["version"],
    ), executable = False)

wheel = repository_rule(
    doc = "One wheel, unpacked into site-packages/ and bin/, with bytecode.",
    implementation = _wheel_impl,
    attrs = {
        "extras": attr.string_list(),
        "hub": attr.string(mandatory = True),
        "known": attr.string_list(mandatory = True),
        "python": attr.label(mandatory = True),
        "sha256": attr.string(mandatory = True),
        "wheelhouse": attr.label(mandatory = True),
        "_unpack": attr.label(default = "//python/private:unpack.py"),
    },
)

_ALIASES = """\"\"\"Made by the stand-in for rules_python.\"\"\"

package(default_visibility = ["//visibility:public"])

alias(name = "{package}", actual = ":pkg")

alias(name = "pkg", actual = "{repository}//:pkg")

alias(name = "data", actual = "{repository}//:data")

alias(name = "dist_info", actual = "{repository}//:dist_info")
"""

_ALL = """\"\"\"Made by the stand-in for rules_python: every package of the lock.\"\"\"

all_requirements = {labels}
"""

def _hub_impl(ctx):
    for package in ctx.attr.packages:
        ctx.file(package + "/BUILD.bazel", _ALIASES.format(
            package = package,
            repository = "@@{}_{}".format(ctx.name, package),
        ), executable = False)
    ctx.file("BUILD.bazel", "", executable = False)
    ctx.file("requirements.bzl", _ALL.format(
        labels = json.encode_indent(["@@{}//{}:pkg".format(ctx.name, package) for package in ctx.attr.packages], indent = "    "),
    ), executable = False)

hub = repository_rule(
    doc = "A package of aliases for each wheel, so that `@pypi//httpx` names one.",
    implementation = _hub_impl,
    attrs = {"packages": attr.string_list(mandatory = True)},
)
