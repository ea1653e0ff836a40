"""Compiles Python sources to bytecode, and does nothing else: started by `bytecode.py`, once for a layer.

Standard input has three lines a file: the source, its path in the image, where the bytecode goes. What is imported here
shows in the bytes, since marshal notes which constants are shared with other modules: import nothing more.
"""

import py_compile
import sys

lines = iter(sys.stdin.read().splitlines())
for source, path, target in zip(lines, lines, lines, strict=True):
    py_compile.compile(
        source,
        cfile=target,
        dfile=path,
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
