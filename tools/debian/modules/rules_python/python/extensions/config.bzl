"""The extension `config`: no __init__.py files are made up, as `.bazelrc` tells Bazel's own rules too."""

def _config_impl(ctx):
    for module in ctx.modules:
        for tag in module.tags.explicit_init_py:
            if not tag.default:
                fail("the stand-in for rules_python knows explicit_init_py(default = True) alone")

config = module_extension(
    implementation = _config_impl,
    tag_classes = {"explicit_init_py": tag_class(attrs = {"default": attr.bool(mandatory = True)})},
)
