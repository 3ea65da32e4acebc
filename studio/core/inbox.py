"""What the engine told and the queue has not worked off yet, because a disk had no room for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from studio.core.engine_link import Ending
from studio.core.errors import StudioError
from studio.core.events import Alive, Event, Note, Preview, Progress

News = Event | Ending


class Inbox:
    """News in their order; each leaves when its work has gone through, and else waits with all
    behind it.
    """

    def __init__(self) -> None:
        self._news: deque[News] = deque()

    def put(self, news: News) -> None:
        """Takes news in; where others wait, only what still counts later."""
        if not isinstance(news, Alive) and not (self._news and isinstance(news, _PASSING)):
            self._news.append(news)

    def work_off(self, take: Callable[[News], None]) -> None:
        """Gives the news to `take`, one after another; raises the first StudioError of it."""
        while self._news:
            news = self._news.popleft()
            try:
                take(news)
            except StudioError:
                self._news.appendleft(news)
                raise


_PASSING = (Progress, Preview, Note)
