"""The benchmarks: each a figure of ours against the plain way, in one run.

python launch.py bench                  all of them
python launch.py bench render warm      some of them
python launch.py bench --json FILE      where the same goes as JSON (build/bench.json)
"""

from __future__ import annotations

import sys

from program import main

if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
