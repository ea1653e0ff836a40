"""Prints sha256 -> path of each wheel in a folder, as JSON."""

import hashlib
import json
import pathlib
import sys

print(
    json.dumps(
        {
            hashlib.sha256(path.read_bytes()).hexdigest(): str(path)
            for path in sorted(pathlib.Path(sys.argv[1]).glob("*.whl"))
        }
    )
)
