"""The extension `pip`: one repository a wheel, and a hub of aliases, from a lock of hashes.

pip itself downloads, so the index, certificates and credentials are those that the machine has set for it. All wheels
come in one call, which is quicker than a call for each.
"""

load("//python/private:requirements.bzl", "parse_lock")
load("//python/private:wheel.bzl", "hub", "wheel", "wheelhouse")

def _pip_impl(ctx):
    for module in ctx.modules:
        for tag in module.tags.parse:
            if tag.python_version != "3.13" or tag.target_platforms != ["linux_x86_64"]:
                fail("the stand-in for rules_python serves Python 3.13 on linux_x86_64 alone")
            packages = parse_lock(ctx.read(tag.requirements_lock))
            house = tag.hub_name + "_wheelhouse"
            wheelhouse(
                name = house,
                python = tag.python_interpreter_target,
                requirements_lock = tag.requirements_lock,
            )
            for package in packages:
                wheel(
                    name = "{}_{}".format(tag.hub_name, package.name),
                    extras = package.extras,
                    hub = tag.hub_name,
                    known = [other.name for other in packages],
                    python = tag.python_interpreter_target,
                    sha256 = package.sha256,
                    wheelhouse = "@{}//:index.json".format(house),
                )
            hub(
                name = tag.hub_name,
                packages = [package.name for package in packages],
            )

pip = module_extension(
    implementation = _pip_impl,
    tag_classes = {
        "parse": tag_class(attrs = {
            "envsubst": attr.string_list(doc = "Of the true rules alone: pip reads its own settings."),
            "experimental_index_url": attr.string(doc = "As envsubst."),
            "hub_name": attr.string(mandatory = True),
            "python_interpreter_target": attr.label(mandatory = True),
            "python_version": attr.string(mandatory = True),
            "requirements_lock": attr.label(mandatory = True),
            "target_platforms": attr.string_list(mandatory = True),
        }),
    },
)
