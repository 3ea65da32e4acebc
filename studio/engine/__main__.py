"""The engine as a process: one JSON request a line in, one event a line out, end of input means
stop.
"""

from __future__ import annotations

from studio.engine.worker import main

if __name__ == "__main__":
    main()
