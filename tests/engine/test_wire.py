"""The wire: whole lines from many threads, orders in order, and an end that nothing can delay."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from studio.core.errors import BadInput
from studio.core.events import EVENT, Note
from studio.core.params import GenerationParams
from studio.core.request import RenderRequest, StopRequest, UnloadRequest
from studio.engine.wire import NOBODY_LISTENS, Desk, Voice

# An engine whose main thread never looks up from its work, as in a transformer block or an import.
BUSY = """
import sys, threading
from studio.engine.wire import Desk, Voice
voice = Voice(sys.stdout)
{first}
threading.Thread(target=Desk(print).read, args=(sys.stdin,), daemon=True).start()
while True:
    sum(range(10_000))
"""


def test_lines_of_many_threads_never_mix(tmp_path: Path) -> None:
    with (tmp_path / "events").open("w", encoding="utf-8") as out:
        voice = Voice(out)
        texts = [letter * 20_000 for letter in "abcd"]

        def speak(text: str) -> None:
            for _ in range(20):
                voice.tell(Note(text=text))

        threads = [threading.Thread(target=speak, args=(text,)) for text in texts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    heard = [
        EVENT.validate_json(line) for line in (tmp_path / "events").read_text("utf-8").splitlines()
    ]

    assert sorted(event.text for event in heard if isinstance(event, Note)) == sorted(texts * 20)


def test_it_tells_that_it_is_alive_whatever_else_it_does() -> None:
    with busy("voice.tell_life()") as engine:
        assert engine.stdout is not None
        assert [json.loads(engine.stdout.readline()) for _ in range(2)] == [{"event": "alive"}] * 2
        engine.kill()


def test_the_end_of_input_ends_an_engine_that_never_looks_up() -> None:
    with busy() as engine:
        assert engine.stdin is not None
        engine.stdin.write("{}\n")
        engine.stdin.close()

        assert engine.wait(timeout=60) == 0


def test_an_engine_whose_events_nobody_hears_ends() -> None:
    with busy("voice.tell_life()") as engine:
        assert engine.stdout is not None
        engine.stdout.close()

        assert engine.wait(timeout=60) == NOBODY_LISTENS


def test_a_stop_is_for_the_oldest_order_also_before_it_has_begun(tmp_path: Path) -> None:
    first, second = render(tmp_path / "a.mp4"), render(tmp_path / "b.mp4")
    desk = read(first.to_line(), second.to_line(), StopRequest().model_dump_json())
    order = desk.next()

    assert order is not None
    assert (order.request, order.stop.is_set()) == (first, True)
    desk.done()
    order = desk.next()
    assert order is not None
    assert (order.request, order.stop.is_set()) == (second, False)


def test_a_stop_without_an_order_stops_nothing(tmp_path: Path) -> None:
    desk = read(StopRequest().model_dump_json(), render(tmp_path / "a.mp4").to_line())
    order = desk.next()

    assert order is not None
    assert not order.stop.is_set()


def test_unloading_waits_for_its_turn(tmp_path: Path) -> None:
    desk = read(render(tmp_path / "a.mp4").to_line(), UnloadRequest().model_dump_json())
    desk.next()
    desk.done()
    order = desk.next()

    assert order is not None
    assert order.request == UnloadRequest()


@pytest.mark.parametrize("line", ["what?", "{}", '{"request": "dance"}', "[]", '"\ud83d"'])
def test_a_line_that_is_no_request_is_refused_and_the_next_is_heard(line: str) -> None:
    refused: list[BadInput] = []
    desk = read(line, UnloadRequest().model_dump_json(), refused=refused)

    assert [str(error)[:27] for error in refused] == ["The request cannot be read:"]
    assert desk.next() is not None


def busy(first: str = "") -> subprocess.Popen[str]:
    """Starts an engine that never looks up from its work."""
    return subprocess.Popen(
        [sys.executable, "-c", BUSY.format(first=first)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def read(*lines: str, refused: list[BadInput] | None = None) -> Desk:
    """A desk at which lines came in, and the input is still open."""
    desk = Desk([].append if refused is None else refused.append)
    for line in lines:
        desk._take(line)
    return desk


def render(out: Path) -> RenderRequest:
    """A request that is never carried out."""
    return RenderRequest(params=GenerationParams(prompt="a cat"), out=out)
