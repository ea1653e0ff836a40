"""The repository's own files as they are now, for the checks that are about all of them: the repository `@sources`.

A target's `glob` ends where another package begins, so a list of all sources kept in BUILD files would sooner or later
miss one, and what it missed would not be checked. Here a folder added is a folder checked.
"""

_FOLDERS = [".ci", ".github", "bench", "deploy", "docs", "images", "orchestrator", "proof", "steps", "terraform", "tests", "tools"]
_FILES = [
    ".bazelrc",
    ".bazelversion",
    ".importlinter",
    "ARCHITECTURE.md",
    "BUILD.bazel",
    "CONTRIBUTING.md",
    "MODULE.bazel",
    "README.md",
    "bazelw",
    "cloudbuild.yaml",
    "pipeline.schema.json",
    "pipeline.yaml",
    "pyproject.toml",
    "requirements.in",
    "requirements.lock",
]
_SKIPPED = [".pytest_cache", ".terraform", ".mypy_cache", ".ruff_cache", "__pycache__", "node_modules"]

# Bazel would take these for its own; the checks find them under `tree/` with this ending.
_BAZEL_FILES = ["BUILD.bazel", "MODULE.bazel"]
_ENDING = ".txt"

# More levels than any folder has.
_DEPTH = 32

_BUILD = """\"\"\"Made by //tools/bazel:sources.bzl.\"\"\"

package(default_visibility = ["//visibility:public"])

# Where the tree is: its folder is this file's.
exports_files(["tree/pyproject.toml"])

filegroup(
    name = "all",
    srcs = glob(["tree/**"]),
)

filegroup(
    name = "python",
    srcs = glob(["tree/**/*.py"]),
)
"""

def _link(ctx, path, name):
    ending = _ENDING if path.basename in _BAZEL_FILES else ""
    ctx.symlink(path, "tree/" + name + ending)

def _sources_impl(ctx):
    root = ctx.workspace_root
    for name in _FILES:
        path = root.get_child(name)
        ctx.watch(path)
        if path.exists:
            _link(ctx, path, name)
    level = [(root.get_child(name), name) for name in _FOLDERS]
    for path, _ in level:
        if path.exists:
            ctx.watch_tree(path)
        else:
            ctx.watch(path)
    for _ in range(_DEPTH):
        below = []
        for folder, name in level:
            if not folder.exists:
                continue
            for path in folder.readdir():
                if path.basename in _SKIPPED:
                    continue
                inner = name + "/" + path.basename
                if path.is_dir:
                    below.append((path, inner))
                else:
                    _link(ctx, path, inner)
        level = below
    ctx.file("BUILD.bazel", _BUILD, executable = False)

_sources = repository_rule(
    doc = "Links every file of the repository's folders.",
    implementation = _sources_impl,
)

def _extension_impl(_ctx):
    _sources(name = "sources")

sources = module_extension(
    doc = "Makes the repository `@sources`.",
    implementation = _extension_impl,
)
