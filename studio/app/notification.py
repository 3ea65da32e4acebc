"""One notification on its way to the desktop's service, in turns; imported when there is one."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

from desktop_notifier import DesktopNotifier, Icon

from studio.core.folders import assets

_log = logging.getLogger(__name__)


class Notification:
    """Speaks with the service in an asyncio loop of its own, which runs only while it has a turn.

    Where there is no service, a line in the log says so.
    """

    def __init__(self, title: str, message: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.create_task(_send(title, message))

    def take_turn(self) -> bool:
        """Does what can be done without a wait; whether that was all."""
        self._loop.call_soon(self._loop.stop)
        self._loop.run_forever()
        return not asyncio.all_tasks(self._loop)

    def close(self) -> None:
        """Gives up what is still on its way."""
        # A connection that is half open is closed by the end of its task.
        self._loop.run_until_complete(_cancel(asyncio.all_tasks(self._loop)))
        self._loop.close()


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _send(title: str, message: str) -> None:
    # Windows and macOS take the icon from the program, and read no SVG.
    linux = sys.platform.startswith("linux")
    icon = Icon(path=assets() / "icons" / "app.svg") if linux else None
    try:
        # It logs by itself where no service is there.
        await DesktopNotifier("Clipwright", icon).send(title, message)
    except Exception as error:  # noqa: BLE001 - the edge to the desktop's services
        _log.info("No notification could be shown: %s", error)
