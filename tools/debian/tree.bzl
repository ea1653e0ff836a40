"""The Debian packages of `debian.lock`, unpacked into one tree: the repository `@debian`.

The tree is what programs run on here: the interpreter that ships in the images with its C library, bubblewrap, a shell
for PostgreSQL's initdb. No maintainer script runs. A package comes from the machine's Debian mirror
(NIGHTJAR_DEBIAN_MIRROR and NIGHTJAR_DEBIAN_SECURITY_MIRROR, set by `./bazelw`), else from Debian's snapshot archive;
its sha256 is checked wherever it came from. Where a pinned version is nowhere to be had, the mirror's present version
takes its place, verified through apt's signed index; `drift.json` then names what differs, and pushing refuses.
"""

_SNAPSHOT = "http://snapshot.debian.org/archive/{archive}/{snapshot}/{filename}"
_MIRRORS = {
    "debian": "NIGHTJAR_DEBIAN_MIRROR",
    "debian-security": "NIGHTJAR_DEBIAN_SECURITY_MIRROR",
}

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
# relative to itself, so no PYTHONHOME leaks into the programs it starts; only time zones have to be told.
_PROGRAMS = {
    "usr/bin/python3": ("python3.13", "export PYTHONTZPATH=\"$tree/usr/share/zoneinfo\"\n"),
    "usr/libexec/bwrap": ("bwrap", ""),
}

_BUILD = """\"\"\"Made by //tools/debian:tree.bzl.\"\"\"

package(default_visibility = ["//visibility:public"])

exports_files(["drift.json", "usr/bin/python3", "usr/libexec/bwrap"])

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

def _pinned_urls(ctx, package, snapshot):
    mirror = ctx.getenv(_MIRRORS[package["archive"]])
    urls = [mirror.rstrip("/") + "/" + package["filename"]] if mirror else []
    return urls + [_SNAPSHOT.format(snapshot = snapshot, **package)]

def _download_pinned(ctx, lock):
    """Downloads side by side; returns the packages that no address had in the pinned form."""
    pending = [
        (package, ctx.download(
            url = _pinned_urls(ctx, package, lock["snapshot"]),
            output = "debs/{}.deb".format(package["name"]),
            sha256 = package["sha256"],
            allow_fail = True,
            block = False,
        ))
        for package in lock["packages"]
    ]
    return [package for package, download in pending if not download.wait().success]

def _apt(ctx, arguments):
    result = ctx.execute(
        ["apt-get", "-q"] + arguments,
        environment = {"APT_CONFIG": str(ctx.path("apt/apt.conf")), "LC_ALL": "C"},
        working_directory = "debs",
    )
    if result.return_code != 0:
        fail("apt-get {} failed, so the packages could not be verified:\n{}".format(arguments[0], result.stderr))
    return result.stdout

def _download_present(ctx, lock, packages):
    """Downloads the mirror's present version of each package through apt; returns what differs from the lock."""
    names = ", ".join([package["name"] for package in packages])
    mirror, security = [ctx.getenv(name) for name in _MIRRORS.values()]
    if not (mirror and security and ctx.which("apt-get")):
        fail((
            "Neither a Debian mirror nor the snapshot archive has these packages of tools/debian/debian.lock: {}. " +
            "Check the network; if the snapshot archive answers, start again. On a Debian machine `./bazelw` goes on " +
            "with the mirror's present versions."
        ).format(names))
    ctx.template("apt/apt.conf", ctx.attr._apt_conf, substitutions = {"%FOLDER%": str(ctx.path("apt"))})
    for name in ["lists/partial", "archives/partial", "etc"]:
        ctx.file("apt/{}/.keep".format(name))
    ctx.file("apt/status")
    ctx.file("apt/sources.list", "".join([
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} {} main\n".format(url, suite)
        for url, suite in [(mirror, lock["suite"]), (security, lock["suite"] + "-security")]
    ]))
    _apt(ctx, ["update"])
    drift = []
    for package in packages:
        name = package["name"]
        before = [path.basename for path in ctx.path("debs").readdir()]
        _apt(ctx, ["download", name])
        came = [path for path in ctx.path("debs").readdir() if path.basename not in before]
        if len(came) != 1:
            fail("apt-get download {} brought {} files instead of one".format(name, len(came)))
        ctx.symlink(came[0], "debs/{}.deb".format(name))
        drift.append({
            "name": name,
            "pinned": package["version"],
            "used": came[0].basename.split("_")[1].replace("%3a", ":"),
        })
    return drift

def _warn(ctx, drift):
    # buildifier: disable=print
    print("\n".join([
        "",
        "WARNING: the Debian mirror no longer has {} of the versions that tools/debian/debian.lock pins,".format(len(drift)),
        "and the snapshot archive is out of reach. Going on with the mirror's present versions (signature checked):",
    ] + [
        "    {name}: pinned {pinned}, using {used}".format(**entry)
        for entry in drift
    ] + [
        "Local runs and tests work. Recorded digests are not compared, and pushing refuses.",
        "To renew the lock: ./bazelw run //:lock_debian",
        "",
    ]))

def _debian_tree_impl(ctx):
    lock = json.decode(ctx.read(ctx.attr.lock))
    ctx.file("debs/.keep")
    missing = _download_pinned(ctx, lock)
    drift = _download_present(ctx, lock, missing) if missing else []
    if drift:
        _warn(ctx, drift)
    for package in lock["packages"]:
        ctx.extract("debs/{}.deb".format(package["name"]), output = "parts")
        for path in ctx.path("parts").readdir():
            if path.basename.startswith("data.tar"):
                ctx.extract(path)
        ctx.delete("parts")
    for path in _DROPPED + ["debs", "apt", "bin", "sbin", "lib", "lib64"]:
        ctx.delete(path)
    for path, (program, environment) in _PROGRAMS.items():
        ctx.delete(path)
        ctx.file(path, _PROGRAM.format(
            environment = environment,
            folder = path.split("/")[1],
            name = path.split("/")[2],
            program = program,
        ))
    ctx.file("drift.json", json.encode_indent(drift, indent = "  ") + "\n", executable = False)
    ctx.file("BUILD.bazel", _BUILD, executable = False)

    # Debian compiles in maintainer scripts. Unchecked, since the files never change here.
    compiled = ctx.execute([
        ctx.path("usr/bin/python3"),
        "-I",
        "-m",
        "compileall",
        "-q",
        "-j1",
        "--invalidation-mode=unchecked-hash",
        ctx.path("usr/lib/python3.13"),
    ])
    if compiled.return_code != 0:
        fail("The standard library could not be compiled:\n" + compiled.stdout + compiled.stderr)

_debian_tree = repository_rule(
    doc = "Unpacks all packages of a lock into one tree.",
    implementation = _debian_tree_impl,
    attrs = {
        "lock": attr.label(mandatory = True, doc = "The lock, as //tools/lock_debian writes it."),
        "_apt_conf": attr.label(default = "//tools/debian:apt.conf"),
    },
)

def _debian_impl(_ctx):
    _debian_tree(name = "debian", lock = Label("//tools/debian:debian.lock"))

debian = module_extension(
    doc = "Makes the repository `@debian` from //tools/debian:debian.lock.",
    implementation = _debian_impl,
)
