"""The system is kept awake while a render runs."""

from __future__ import annotations

import logging

import pytest
from wakepy import global_modes

from studio.app.awake import Awake


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets wakepy's own switch for tests say that the system was asked."""
    monkeypatch.setenv("WAKEPY_FAKE_SUCCESS", "yes")


def test_sleep_is_held_off_from_the_first_render_to_the_last(works: None) -> None:
    awake = Awake(enabled=True)
    assert not awake.active
    awake.hold()
    awake.hold()
    assert awake.active
    assert len(global_modes()) == 1
    awake.release()
    assert not awake.active
    assert global_modes() == []


def test_it_can_be_held_again(works: None) -> None:
    awake = Awake(enabled=True)
    for _ in range(2):
        awake.hold()
        assert awake.active
        awake.release()
    awake.release()
    assert global_modes() == []


def test_the_setting_holds_at_once_also_during_a_render(works: None) -> None:
    awake = Awake(enabled=False)
    awake.hold()
    assert not awake.active
    awake.set_enabled(True)
    assert awake.active
    awake.set_enabled(False)
    assert not awake.active


def test_a_system_without_a_way_gets_a_line_in_the_log_and_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WAKEPY_FORCE_FAILURE", "yes")
    caplog.set_level(logging.INFO, "studio.app.awake")
    awake = Awake(enabled=True)
    awake.hold()
    assert not awake.active
    assert "no way" in caplog.text
    awake.release()
