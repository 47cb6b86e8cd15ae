"""``desk kill``: from another terminal, over the kill's own path.

Owns: asking, and saying in words what was achieved and what was not. May not: claim more than the
desk's answer does. A desk whose whole process hangs cannot answer: then the kill is put beside its
database, where the next start finds it, and the person is told that nothing was canceled.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from desk.client import NoAnswer, ask
from desk.errors import UserError
from desk.kill_ear import wish_of
from desk.paths import Paths
from engine import note_kill

ANSWER_S = 10.0
"""More than the sum of all that the desk waits for on its own path."""
POLL_S = 0.25

Reply = Mapping[str, object]


def kill(paths: Paths, wish: dict[str, object], wait_s: float) -> int:
    """Kill, print what came of it, follow the unknown ones for ``wait_s``. The exit status: 0
    when everything is blocked and durable and every cancel was asked."""
    request = {**wish, "do": "kill", "kill_id": f"{time.time_ns()}"}
    try:
        reply = ask(paths.kill_socket, request, ANSWER_S)
    except NoAnswer:
        return _noted(paths, request)
    if not reply["ok"] and not reply.get("blocked"):
        print(f"refused: {reply.get('reason') or 'the desk gave no reason'}")
        return 1
    _tell(reply)
    if reply.get("unknown") and wait_s > 0:
        _follow(paths.kill_socket, wish, wait_s)
    sound = reply["blocked"] and reply["durable"] and not reply["unsent"]
    return 0 if sound else 1


def _tell(reply: Reply) -> None:
    if reply["blocked"]:
        print("new orders are blocked")
    else:
        print("new orders are blocked, except that one was being handed over: it may have left")
    print(f"{reply['asked']} cancels asked, {reply['confirmed']} ended, "
          f"{reply['unknown']} not known to have ended")  # fmt: skip
    if reply["reason"]:
        print(reply["reason"])
    if reply["unsent"]:
        print(f"{reply['unsent']} working orders could NOT be asked to cancel: cancel them at "
              "the broker by other means")  # fmt: skip
    if reply["way"] != "engine":
        print("the desk's loop or its store does not answer: this went beside it")
    if not reply["durable"]:
        print(f"the kill is not on disk ({reply['why_not_durable']}): it may not survive a restart")


def _follow(socket: Path, wish: Mapping[str, object], wait_s: float) -> None:
    """Print how it goes on until nothing is unknown or the time is over."""
    give_up, last = time.monotonic() + wait_s, ""
    while time.monotonic() < give_up:
        time.sleep(POLL_S)
        try:
            reply = ask(socket, {**wish, "do": "kills"}, ANSWER_S)
        except UserError:
            break
        if not reply["ok"]:
            continue
        line = f"{reply['asked']} asked, {reply['confirmed']} ended, {reply['unknown']} unknown"
        if line != last:
            print(line, flush=True)
            last = line
        if not reply["unknown"]:
            return
    print("not everything is known yet: look at the desk's screen, or call `desk kill` again")


def _noted(paths: Paths, request: Mapping[str, object]) -> int:
    """The process does not answer at all."""
    note_kill(paths.database, wish_of(request))
    holder = paths.lock.read_text(errors="replace").strip() if paths.lock.exists() else ""
    print(f"the desk does not answer ({holder or 'no process is named in its lock file'})")
    print("NOTHING WAS CANCELED. The kill is noted beside its database and holds from the next "
          "start; it is taken up as well if the desk wakes")  # fmt: skip
    print("end the process (kill -9), which lets nothing more leave; cancel at the broker by other "
          "means, or start the desk again: it asks for the cancels")  # fmt: skip
    return 1
