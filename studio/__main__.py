"""`python -m studio`: the same command line as `clipwright`."""

from __future__ import annotations

import sys

from studio.app.main import main

if __name__ == "__main__":
    sys.exit(main())
