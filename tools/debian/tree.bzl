"""The Debian packages of `debian.lock` and `newer.lock`, unpacked into one tree: the repository `@debian`.

The tree is what programs run on here: the interpreter that ships in the images with its C library, bubblewrap, a shell
for PostgreSQL's initdb, and from a newer suite crane, which pushes images. It is made of the files of `@debs` and
`@newer` (`debs.bzl`); no maintainer script runs.
"""

load(":debs.bzl", "debs")

# Not needed to run programs here; the images have a list of their own.
_DROPPED = [
    "usr/lib/python3.13/sitecustomize.py",
    "usr/share/doc",
    "usr/share/lintian",
    "usr/share/man",
]

_PROGRAM = """#!/bin/sh
# Starts {program} of this tree with the tree's own loader and C library, so that it runs on any x86-64 Linux.
# Started by a link from elsewhere (a virtual environment), it looks for the tree behind the link.
self=$0
case $self in
    */usr/{folder}/{name}) ;;
    *) self=$(readlink -f "$0") ;;
esac
tree=${{self%/usr/{folder}/{name}}}
{environment}exec "$tree/usr/lib64/ld-linux-x86-64.so.2" --argv0 "$0" --library-path "$tree/usr/lib/x86_64-linux-gnu" \\
    "$tree/usr/bin/{program}" "$@"
"""

# Wrappers by path: the program and what is set for it. The interpreter's lies where CPython looks for its library
# relative to itself, so no PYTHONHOME leaks into the programs it starts. A caller's is dropped, and the user's own
# packages are kept out, here because not all launchers do that. Time zones have to be told.
_PROGRAMS = {
    "usr/bin/python3": (
        "python3.13",
        "unset PYTHONHOME\nexport PYTHONNOUSERSITE=1 PYTHONTZPATH=\"$tree/usr/share/zoneinfo\"\n",
    ),
    "usr/libexec/bwrap": ("bwrap", ""),
    "usr/libexec/crane": ("crane", ""),
}

_BUILD = """\"\"\"Made by //tools/debian:tree.bzl.\"\"\"

package(default_visibility = ["//visibility:public"])

exports_files(["drift.json", "usr/bin/python3", "usr/libexec/bwrap", "usr/libexec/crane"])

# The interpreter with its library, for the Python toolchain.
filegroup(
    name = "python",
    srcs = glob(
        ["usr/bin/python3*", "usr/lib/**", "usr/lib64/**", "usr/share/zoneinfo/**", "etc/mime.types", "etc/ssl/**"],
        allow_empty = True,
    ),
)

# All of the tree, for programs that are given it as their root.
filegroup(
    name = "tree",
    srcs = glob(["usr/**", "etc/**"], allow_empty = True),
)
"""

def _debian_tree_impl(ctx):
    for lock, drift in [(ctx.attr.lock, ctx.attr.drift), (ctx.attr.newer_lock, ctx.attr.newer_drift)]:
        folder = ctx.path(drift).dirname
        for package in json.decode(ctx.read(lock))["packages"]:
            ctx.extract(folder.get_child(package["name"] + ".deb"), output = "parts")
            for path in ctx.path("parts").readdir():
                if path.basename.startswith("data.tar"):
                    ctx.extract(path)
            ctx.delete("parts")
    for path in _DROPPED + ["bin", "sbin", "lib", "lib64"]:
        ctx.delete(path)
    for path, (program, environment) in _PROGRAMS.items():
        ctx.delete(path)
        ctx.file(path, _PROGRAM.format(
            environment = environment,
            folder = path.split("/")[1],
            name = path.split("/")[2],
            program = program,
        ))
    ctx.file("drift.json", ctx.read(ctx.attr.drift), executable = False)
    ctx.file("BUILD.bazel", _BUILD, executable = False)

    # Debian compiles in maintainer scripts. Unchecked, since the files never change here; without this machine's path,
    # or what was made with one clone's tree would not be found in the cache by another's.
    compiled = ctx.execute([
        ctx.path("usr/bin/python3"),
        "-I",
        "-m",
        "compileall",
        "-f",  # What it imports itself is compiled then already, with times and paths.
        "-q",
        "-j1",
        "--invalidation-mode=unchecked-hash",
        "-s",
        ctx.path("."),
        ctx.path("usr/lib/python3.13"),
    ])
    if compiled.return_code != 0:
        fail("The standard library could not be compiled:\n" + compiled.stdout + compiled.stderr)

_debian_tree = repository_rule(
    doc = "Unpacks all packages of two locks into one tree.",
    implementation = _debian_tree_impl,
    attrs = {
        "drift": attr.label(mandatory = True, doc = "drift.json, beside which the packages lie."),
        "lock": attr.label(mandatory = True, doc = "The lock, as //tools/lock_debian writes it."),
        "newer_drift": attr.label(mandatory = True, doc = "drift.json of the programs from a newer suite."),
        "newer_lock": attr.label(mandatory = True, doc = "Their lock."),
    },
)

def _debian_impl(_ctx):
    lock = Label("//tools/debian:debian.lock")
    newer = Label("//tools/debian:newer.lock")
    debs(name = "debs", images = True, lock = lock)
    debs(name = "newer", images = False, lock = newer)
    _debian_tree(
        name = "debian",
        drift = "@debs//:drift.json",
        lock = lock,
        newer_drift = "@newer//:drift.json",
        newer_lock = newer,
    )

debian = module_extension(
    doc = "Makes `@debs`, `@newer` and `@debian` from //tools/debian:debian.lock and newer.lock.",
    implementation = _debian_impl,
)
