"""A flag that may have one value: how the true rules start programs when told to do it as this stand-in always does."""

def _one_value_flag_impl(ctx):
    if ctx.build_setting_value != "script":
        fail("the stand-in for rules_python starts programs by sh: bootstrap_impl=script")

one_value_flag = rule(
    implementation = _one_value_flag_impl,
    build_setting = config.string(flag = True),
)
