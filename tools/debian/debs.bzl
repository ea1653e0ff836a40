"""The Debian packages of a lock as files: `@debs//:NAME.deb` each of `debian.lock`, `@newer//:NAME.deb` of `newer.lock`.

What the images ship is made of these, and so is the tree that programs run on here (`tree.bzl`). A package comes from
the machine's Debian mirror (NIGHTJAR_DEBIAN_MIRROR and NIGHTJAR_DEBIAN_SECURITY_MIRROR, set by `./bazelw`), else from
Debian's snapshot archive; its sha256 is checked wherever it came from. Where a pinned version is nowhere to be had, the
mirror's present version takes its place, verified through apt's signed index; `drift.json` then names what differs, and
pushing refuses.
"""

_SNAPSHOT = "http://snapshot.debian.org/archive/{archive}/{snapshot}/{filename}"
_MIRRORS = {
    "debian": "NIGHTJAR_DEBIAN_MIRROR",
    "debian-security": "NIGHTJAR_DEBIAN_SECURITY_MIRROR",
}

_BUILD = """\"\"\"Made by //tools/debian:debs.bzl.\"\"\"

package(default_visibility = ["//visibility:public"])

exports_files(["drift.json"] + glob(["*.deb"]))
"""

def _name(ctx):
    return "{}/{}".format(ctx.attr.lock.package, ctx.attr.lock.name)

def _pinned_urls(ctx, package, snapshot):
    mirror = ctx.getenv(_MIRRORS[package["archive"]])
    urls = [mirror.rstrip("/") + "/" + package["filename"]] if mirror else []
    return urls + [_SNAPSHOT.format(snapshot = snapshot, **package)]

def _download_pinned(ctx, lock):
    """Downloads side by side; returns the packages that no address had in the pinned form."""
    pending = [
        (package, ctx.download(
            url = _pinned_urls(ctx, package, lock["snapshot"]),
            output = "{}.deb".format(package["name"]),
            sha256 = package["sha256"],
            allow_fail = True,
            block = False,
        ))
        for package in lock["packages"]
    ]
    return [package for package, download in pending if not download.wait().success]

def _apt(ctx, arguments, folder = "apt"):
    result = ctx.execute(
        ["apt-get", "-q"] + arguments,
        environment = {"APT_CONFIG": str(ctx.path("apt/apt.conf")), "LC_ALL": "C"},
        working_directory = folder,
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
            "Neither a Debian mirror nor the snapshot archive has these packages of {}: {}. " +
            "Check the network; if the snapshot archive answers, start again. On a Debian machine `./bazelw` goes on " +
            "with the mirror's present versions."
        ).format(_name(ctx), names))
    ctx.template("apt/apt.conf", ctx.attr._apt_conf, substitutions = {"%FOLDER%": str(ctx.path("apt"))})
    for name in ["apt/lists/partial", "apt/archives/partial", "apt/etc"]:
        ctx.file(name + "/.keep")
    ctx.file("apt/status")
    ctx.file("apt/sources.list", "".join([
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} {} main\n".format(url, suite)
        for url, suite in [(mirror, lock["suite"]), (security, lock["suite"] + "-security")]
    ]))
    _apt(ctx, ["update"])
    drift = []
    for package in packages:
        name = package["name"]
        folder = "present/" + name
        ctx.file(folder + "/.keep")
        _apt(ctx, ["download", name], folder = folder)
        came = [path for path in ctx.path(folder).readdir() if path.basename.endswith(".deb")]
        if len(came) != 1:
            fail("apt-get download {} brought {} files instead of one".format(name, len(came)))
        ctx.symlink(came[0], "{}.deb".format(name))
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
        "WARNING: the Debian mirror no longer has {} of the versions that {} pins,".format(len(drift), _name(ctx)),
        "and the snapshot archive is out of reach. Going on with the mirror's present versions (signature checked):",
    ] + [
        "    {name}: pinned {pinned}, using {used}".format(**entry)
        for entry in drift
    ] + [
        "Local runs and tests work. " +
        ("Recorded digests are not compared, and pushing refuses." if ctx.attr.images else "No image is made of them."),
        "To renew the lock: ./bazelw run //:lock_debian",
        "",
    ]))

def _debs_impl(ctx):
    lock = json.decode(ctx.read(ctx.attr.lock))
    missing = _download_pinned(ctx, lock)
    drift = _download_present(ctx, lock, missing) if missing else []
    if drift:
        _warn(ctx, drift)
    ctx.delete("apt")
    ctx.file("drift.json", json.encode_indent(drift, indent = "  ") + "\n", executable = False)
    ctx.file("BUILD.bazel", _BUILD, executable = False)

debs = repository_rule(
    doc = "Downloads all packages of a lock.",
    implementation = _debs_impl,
    attrs = {
        "images": attr.bool(mandatory = True, doc = "Whether images are made of them, which may be pushed as pinned only."),
        "lock": attr.label(mandatory = True, doc = "The lock, as //tools/lock_debian writes it."),
        "_apt_conf": attr.label(default = "//tools/debian:apt.conf"),
    },
)
