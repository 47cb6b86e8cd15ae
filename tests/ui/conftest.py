"""Fixtures for the screen's tests: a fake engine, a window on it, and a loop that runs."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from ui_fakes import FakeEngine
from ui_showroom import fill


@pytest.fixture
def loop(qapp):
    """A qasync loop that runs while Qt events are handled, as in the desk."""
    import qasync

    loop = qasync.QEventLoop(qapp, already_running=True)
    yield loop
    asyncio.events._set_running_loop(None)
    qapp.aboutToQuit.disconnect()
    loop.close()


@pytest.fixture
def fake():
    """An engine with nothing in it."""
    return FakeEngine()


@pytest.fixture
def full():
    """An engine with a day's worth in it."""
    made = FakeEngine()
    fill(made)
    return made


@pytest.fixture
def open_window(qtbot, loop):
    """A function that opens the window on an engine and waits until it is painted."""
    from ui import MainWindow

    opened = []

    def open_(on, **options):
        window = MainWindow(on, user="vera", **options)
        window.resize(1500, 950)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        qtbot.wait(120)
        opened.append(window)
        return window

    yield open_
    for window in opened:
        window.close()


@pytest.fixture
def change():
    """``dataclasses.replace``, for changing a frozen view."""
    return dataclasses.replace
