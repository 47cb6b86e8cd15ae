"""The sound path tells the truth about itself."""

import wave

import pytest

from engine import Severity
from ui.assets import resource
from ui.sound import FILES, Sound


@pytest.mark.parametrize("severity", Severity)
def test_each_severity_has_its_own_short_sound(severity):
    with wave.open(str(resource("sounds", FILES[severity]))) as sound:
        assert 0.1 <= sound.getnframes() / sound.getframerate() <= 1.0
    assert len(set(FILES.values())) == len(Severity)


def player(tmp_path, monkeypatch, script):
    path = tmp_path / "aplay"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    made = Sound()
    made._player = (str(path), ())
    made._effects = {}
    made.how = "aplay"
    return made


def test_a_player_that_works_is_no_trouble(qtbot, tmp_path, monkeypatch):
    sound = player(tmp_path, monkeypatch, f'echo "$1" > {tmp_path}/played')
    sound.play(Severity.CRITICAL)
    qtbot.waitUntil((tmp_path / "played").exists)
    qtbot.wait(250)
    assert sound.trouble == ""
    assert "critical.wav" in (tmp_path / "played").read_text()
    sound.close()


def test_a_player_that_fails_is_said_with_its_words(qtbot, tmp_path, monkeypatch):
    sound = player(tmp_path, monkeypatch, "echo 'no such device' >&2; exit 1")
    with qtbot.waitSignal(sound.changed):
        sound.test()
    assert sound.trouble == "aplay failed (no such device); only the system bell"
    sound.close()


def test_a_player_that_is_gone_is_said(qtbot, tmp_path, monkeypatch):
    sound = player(tmp_path, monkeypatch, "true")
    sound._player = (str(tmp_path / "gone"), ())
    with qtbot.waitSignal(sound.changed):
        sound.play(Severity.WARNING)
    assert "can't be started" in sound.trouble
    sound.close()


def test_a_player_that_hangs_is_said(qtbot, tmp_path, monkeypatch):
    sound = player(tmp_path, monkeypatch, "exec sleep 60")
    for _ in range(5):
        sound.play(Severity.CRITICAL)
    assert "hangs" in sound.trouble
    sound.close()


def test_without_any_player_only_the_bell_is_left(qtbot):
    sound = Sound()
    sound._player, sound._effects = None, {}
    sound.play(Severity.CRITICAL)
    assert "only the system bell" in sound.trouble
