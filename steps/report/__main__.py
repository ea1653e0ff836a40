"""report: publishes the day as one self-contained page with a map and charts. Read on in `publish`."""

from __future__ import annotations

import sys

from steps.kit import entry
from steps.report.publish import run

if __name__ == "__main__":
    sys.exit(entry.main(run))
