"""From our settings to QuickFIX's.

Owns: the text of QuickFIX's settings file. May not: import QuickFIX.

The session layer is QuickFIX's (sequence numbers, resends, heartbeats); reading a message is
ours, so the data dictionary says only what a repeating group is (``dictionary``). SendingTime
is not compared with the local clock (``CheckLatency=N``): the engine never trusts the local
clock against the broker's.
"""

from __future__ import annotations

from pathlib import Path

from engine.broker.fix.config import FixSettings, ResetPolicy, Schedule

_RESETS = {
    ResetPolicy.LOGON: "ResetOnLogon",
    ResetPolicy.LOGOUT: "ResetOnLogout",
    ResetPolicy.DISCONNECT: "ResetOnDisconnect",
}


def initiator_text(settings: FixSettings, host: str, port: int, dictionary: Path) -> str:
    """The desk's end. ``host``, ``port``: where to connect (a TLS relay's, if there is one)."""
    comp_ids = (settings.sender_comp_id, settings.target_comp_id)
    lines = _session_lines("initiator", *comp_ids, dictionary)
    lines += [
        f"SocketConnectHost={host}",
        f"SocketConnectPort={port}",
        f"HeartBtInt={settings.heartbeat_s}",
        f"ReconnectInterval={settings.reconnect_s}",
        f"LogonTimeout={settings.logon_timeout_s}",
        f"FileStorePath={settings.store}",
        *_schedule(settings.schedule),
    ]
    if settings.reset is not ResetPolicy.NEVER:
        lines.append(f"{_RESETS[settings.reset]}=Y")
    return "\n".join(lines) + "\n"


def acceptor_text(sender: str, target: str, port: int, store: Path, dictionary: Path) -> str:
    """The paper exchange's end. QuickFIX binds to every interface: ``loopback`` confines it, and
    what gets past that (on other systems) is hung up on."""
    lines = _session_lines("acceptor", sender, target, dictionary)
    lines += [
        f"SocketAcceptPort={port}",
        "SocketReuseAddress=Y",
        "AllowedRemoteAddresses=127.0.0.1",
        f"FileStorePath={store}",
        *_schedule(Schedule()),
    ]
    return "\n".join(lines) + "\n"


def _session_lines(kind: str, sender: str, target: str, dictionary: Path) -> list[str]:
    return [
        "[DEFAULT]",
        f"ConnectionType={kind}",
        "SocketNodelay=Y",
        "UseDataDictionary=Y",
        f"DataDictionary={dictionary}",
        "ValidateFieldsOutOfOrder=N",
        "ValidateFieldsHaveValues=N",
        "ValidateUserDefinedFields=N",
        "AllowUnknownMsgFields=Y",
        "CheckLatency=N",
        "TimestampPrecision=6",
        "PersistMessages=Y",
        "[SESSION]",
        "BeginString=FIX.4.4",
        f"SenderCompID={sender}",
        f"TargetCompID={target}",
    ]


def _schedule(schedule: Schedule) -> list[str]:
    if not schedule.start_time:
        return ["NonStopSession=Y"]
    lines = [f"StartTime={schedule.start_time}", f"EndTime={schedule.end_time}"]
    if schedule.start_day:
        lines += [f"StartDay={schedule.start_day}", f"EndDay={schedule.end_day}"]
    return lines
