"""One running Clipwright for each home, with real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from studio.app.owner import (
    Answer,
    Ask,
    Message,
    NoOwner,
    Owner,
    OwnerSilent,
    call_owner,
    claim_or_call,
)
from studio.app.owner_lock import NAME, OwnerLock, address_of_owner, is_owned
from studio.core.errors import StudioError
from studio.core.folders import folders

# Says "owner", answers as many messages as its second word says, and ends; or says the answer.
START = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from studio.app.owner import Answer, Ask, Message, Owner, claim_or_call
app = QCoreApplication([])
result = claim_or_call(Message(ask=Ask.OPEN, words=(sys.argv[1],)), patience=60)
if isinstance(result, Answer):
    print("answer", result.out, flush=True)
    sys.exit(result.status)
heard = []
def answer(message):
    heard.append(message.words[0])
    result.reply(message, Answer(out=f"took {message.words[0]}"))
    if len(heard) == int(sys.argv[2]):
        QTimer.singleShot(0, app.quit)
result.message.connect(answer)
print("owner", flush=True)
if sys.argv[2] != "0":
    app.exec()
    result.release()
else:
    app.exec()
print(*sorted(heard), flush=True)
"""

CALL = """
import sys
from studio.app.owner import Ask, Message, call_owner
print(call_owner(Message(ask=Ask.QUEUE, words=tuple(sys.argv[1:])), patience=60).model_dump_json())
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a script with words in a process of its own, which the end of the test kills."""
    children: list[subprocess.Popen[str]] = []

    def run(script: str, *words: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", script, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        children.append(child)
        return child

    yield run
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture
def owner(qapp: object) -> Iterator[Owner]:
    owner = Owner.claim()
    assert owner is not None
    yield owner
    owner.release()


def line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def test_the_second_claim_finds_the_place_taken(owner: Owner) -> None:
    assert Owner.claim() is None
    assert is_owned()


def test_a_released_place_can_be_claimed_again(owner: Owner) -> None:
    owner.release()
    owner.release()
    assert not is_owned()
    again = Owner.claim()
    assert again is not None
    again.release()


def test_each_home_has_its_own_owner(owner: Owner, tmp_path: Path) -> None:
    other = Owner.claim(tmp_path / "other")
    assert other is not None
    other.release()


def test_of_starts_at_the_same_moment_exactly_one_wins_and_hears_the_others(start: Start) -> None:
    names = ["a", "b", "c", "d"]
    children = [start(START, name, "3") for name in names]
    said = {
        name: child.communicate(timeout=120) for name, child in zip(names, children, strict=True)
    }
    assert [err for _, err in said.values() if err] == []
    owners = [name for name, (out, _) in said.items() if out.startswith("owner")]
    assert len(owners) == 1
    others = [name for name in names if name not in owners]
    assert said[owners[0]][0].split() == ["owner", *others]
    assert [said[name][0] for name in others] == [f"answer took {name}\n" for name in others]


def test_a_killed_owner_leaves_the_place_free_and_its_socket_is_removed(
    start: Start, qapp: object
) -> None:
    child = start(START, "a", "0")
    assert line(child) == "owner"
    address = address_of_owner()
    assert address is not None
    assert is_owned()
    child.kill()
    child.wait(60)
    assert not is_owned()
    owner = Owner.claim()
    assert owner is not None
    assert address_of_owner() not in (None, address)
    assert sys.platform == "win32" or not Path(address).exists()
    owner.release()


def test_the_lock_does_not_pass_to_the_owner_s_children(start: Start) -> None:
    sleep = "[sys.executable, '-c', 'import time; time.sleep(30)']"
    keep = f"import subprocess as s; s.Popen({sleep}, stdout=s.DEVNULL, stderr=s.DEVNULL)"
    child = start(START.replace("heard = []", f"{keep}\nheard = []"), "a", "0")
    assert line(child) == "owner"
    child.kill()
    child.wait(60)
    assert not is_owned()


def test_a_command_gets_its_answer_from_the_window(
    owner: Owner, start: Start, qtbot: QtBot, tmp_path: Path
) -> None:
    heard: list[Message] = []
    owner.message.connect(heard.append)
    child = start(CALL, "move", "3", "1 × ’")
    qtbot.waitUntil(lambda: bool(heard), timeout=60_000)
    assert heard[0].ask is Ask.QUEUE
    assert heard[0].words == ("move", "3", "1 × ’")
    assert heard[0].folder.is_absolute()
    answer = Answer(status=1, out="moved\n", err="– but\n")
    owner.reply(heard[0], answer)
    owner.reply(heard[0], answer)  # a second answer is for nobody
    qtbot.waitUntil(lambda: child.poll() is not None, timeout=60_000)
    out, err = child.communicate()
    assert Answer.model_validate_json(out) == answer
    assert err == ""


def test_a_caller_that_leaves_is_forgotten(owner: Owner, qtbot: QtBot) -> None:
    heard: list[Message] = []
    owner.message.connect(heard.append)
    socket = QLocalSocket()
    socket.connectToServer(address_of_owner() or "")
    socket.write(Message(ask=Ask.OPEN).model_dump_json().encode() + b"\n")
    socket.flush()
    qtbot.waitUntil(lambda: bool(heard), timeout=20_000)
    socket.abort()
    qtbot.waitUntil(lambda: not owner._server.findChildren(QLocalSocket), timeout=20_000)
    owner.reply(heard[0], Answer())


def test_a_line_that_is_no_message_is_refused_in_words(owner: Owner, qtbot: QtBot) -> None:
    socket = QLocalSocket()
    socket.connectToServer(address_of_owner() or "")
    socket.write(b'{"ask": "dance"}\n')
    socket.flush()
    qtbot.waitUntil(socket.canReadLine, timeout=20_000)
    said = json.loads(bytes(socket.readLine().data()))
    assert "another version" in said["answer"]["err"]
    socket.abort()


def test_an_owner_that_does_not_answer_is_told_after_the_patience(owner: Owner) -> None:
    # No event loop runs here, so nothing is taken.
    with pytest.raises(OwnerSilent, match="does not answer"):
        call_owner(Message(ask=Ask.OPEN), patience=0.3)


def test_an_owner_that_ends_at_a_message_leaves_no_doubt_unsaid(start: Start) -> None:
    die = "result.reply(message, Answer(out=f"
    child = start(START.replace(die, f"import os; os._exit(1)\n    {die}"), "a", "0")
    assert line(child) == "owner"
    with pytest.raises(OwnerSilent, match="look in its queue"):
        call_owner(Message(ask=Ask.OPEN, words=("b",)), patience=60)


def test_nobody_to_call_is_said_at_once() -> None:
    with pytest.raises(NoOwner, match="not running"):
        call_owner(Message(ask=Ask.OPEN))


def test_a_start_waits_for_a_command_that_holds_the_lock_for_a_moment(
    start: Start, qapp: object
) -> None:
    with OwnerLock.take() or pytest.fail("the lock is free"):
        child = start(START, "a", "0")
        time.sleep(1)
        assert child.poll() is None
    assert line(child) == "owner"


def test_an_owner_that_takes_no_more_messages_keeps_its_place_until_it_ends(
    start: Start, owner: Owner
) -> None:
    owner.stop_listening()
    child = start(START, "a", "0")
    time.sleep(1)
    assert child.poll() is None
    assert is_owned()
    owner.release()
    assert line(child) == "owner"


def test_a_winner_alone_is_given_its_place(qapp: object) -> None:
    owner = claim_or_call(Message(ask=Ask.OPEN))
    assert isinstance(owner, Owner)
    owner.release()


def test_what_stands_in_a_damaged_lock_file_removes_no_file(tmp_path: Path, qapp: object) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep")
    folders().data.mkdir(parents=True)
    (folders().data / NAME).write_text(f"{precious}\n")
    owner = Owner.claim()
    assert owner is not None
    assert precious.read_text() == "keep"
    owner.release()


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such bits there")
def test_a_data_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="file") as caught:
        OwnerLock.take(tmp_path / "file" / "data")
    assert os.fspath(tmp_path) in str(caught.value)
