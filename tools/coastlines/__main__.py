"""`python -m tools.coastlines land-50m.json > steps/report/land.json`: makes the report's coastlines, once.

Reads one TopoJSON file and writes to standard output; README.md beside says where the file comes from.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys

from tools.coastlines import convert, topojson

ORIGIN = "Natural Earth 4.1.0, public domain, by the npm package world-atlas 2.0.2, land-50m.json"


def main() -> int:
    """Exit code 0, or 65 with one line on standard error when the file is not what it should be."""
    defaults = convert.Detail()
    parser = argparse.ArgumentParser(prog="python -m tools.coastlines", description=__doc__)
    parser.add_argument("file", type=pathlib.Path, help="a TopoJSON file that holds the object 'land'")
    parser.add_argument("--object", default="land", help="name of the object to take (default: land)")
    parser.add_argument("--origin", default=ORIGIN, help="where the file comes from; written into the result")
    parser.add_argument("--tolerance", type=float, default=defaults.tolerance, help="degrees (default: %(default)s)")
    parser.add_argument(
        "--smallest", type=float, default=defaults.smallest, help="square degrees (default: %(default)s)"
    )
    options = parser.parse_args()
    try:
        document = json.loads(options.file.read_bytes())
        rings = topojson.rings(document, options.object)
    except (OSError, ValueError) as err:
        print(f"{options.file}: {err}", file=sys.stderr)
        return 65
    detail = convert.Detail(tolerance=options.tolerance, smallest=options.smallest)
    sys.stdout.write(convert.convert(rings, detail, origin=options.origin))
    return 0


if __name__ == "__main__":
    sys.exit(main())
