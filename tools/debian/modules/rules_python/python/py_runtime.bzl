"""py_runtime: Bazel's own."""

def py_runtime(name, files, interpreter, interpreter_version_info, python_version, pyc_tag = None, visibility = None):
    """A native py_runtime.

    Args:
        name: the target's name.
        files: what the interpreter needs.
        interpreter: the program.
        interpreter_version_info: of the true rules alone; not used here.
        python_version: "PY3".
        pyc_tag: of the true rules alone; not used here.
        visibility: as usual.
    """
    if python_version != "PY3" or interpreter_version_info.get("major") != "3":
        fail("py_runtime(name = \"{}\"): the stand-in for rules_python knows Python 3 alone".format(name))
    _ = pyc_tag  # @unused
    native.py_runtime(
        name = name,
        files = files,
        interpreter = interpreter,
        python_version = python_version,
        visibility = visibility,
    )
