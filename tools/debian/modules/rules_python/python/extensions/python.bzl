"""The extension `python`: says which Python is meant; the toolchain is registered by whoever uses this."""

def _check(version):
    if version != "3.13":
        fail("the stand-in for rules_python serves Python 3.13, not {}".format(version))

def _python_impl(ctx):
    for module in ctx.modules:
        for tag in module.tags.defaults + module.tags.toolchain:
            _check(tag.python_version)

_version = {"python_version": attr.string(mandatory = True)}

python = module_extension(
    implementation = _python_impl,
    tag_classes = {
        "defaults": tag_class(attrs = _version),
        "toolchain": tag_class(attrs = _version),
    },
)
