"""The engine as a process: one JSON request a line in, one event a line out, end of input means
stop.
"""

from __future__ import annotations

from typing import NoReturn

from studio.engine import parent


def main() -> NoReturn:
    """Serves requests from standard input until it ends."""
    parent.die_with_it()
    from studio.engine import worker

    worker.main()


if __name__ == "__main__":
    main()
