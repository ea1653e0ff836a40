"""py_exec_tools_toolchain: there to be registered; nothing here asks for it."""

def _py_exec_tools_toolchain_impl(_ctx):
    return [platform_common.ToolchainInfo()]

py_exec_tools_toolchain = rule(
    doc = "A toolchain without tools, as the true rule's without attributes.",
    implementation = _py_exec_tools_toolchain_impl,
)
