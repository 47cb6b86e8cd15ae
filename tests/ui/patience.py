"""How long a test of the screen waits for something before it says that it never came.

A test that waits for a condition goes on at once when it holds, so patience costs nothing on a
quiet machine; on a loaded one a frame may come seconds late, and that is no fault of the screen.
"""

from __future__ import annotations

PATIENCE_MS = 30_000


def patient(qtbot):
    """Let every wait of this bot be patient, and take "nothing yet" (None) for "not yet".

    pytest-qt takes a condition that returns None for one that holds (it means conditions that
    assert); here each condition says yes or no, and ``row is not None and …`` may end early.
    """
    until, exposed, signal = qtbot.waitUntil, qtbot.waitExposed, qtbot.waitSignal

    def wait_until(condition, *, timeout=PATIENCE_MS):
        until(lambda: bool(condition()), timeout=timeout)

    def wait_exposed(widget, *, timeout=PATIENCE_MS):
        return exposed(widget, timeout=timeout)

    def wait_signal(given, *, timeout=PATIENCE_MS, **more):
        return signal(given, timeout=timeout, **more)

    qtbot.waitUntil, qtbot.waitExposed, qtbot.waitSignal = wait_until, wait_exposed, wait_signal
    return qtbot
