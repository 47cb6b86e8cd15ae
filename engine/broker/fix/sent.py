"""What we sent under which sequence number, for rejects that name only the number.

Owns: a bounded memory of sent messages. May not: decide about a reject (``rejects``).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from engine.broker.fix.message import Draft
from engine.broker.fix.tags import Tag

KEPT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What a reject has to know of a message of ours. ``wire_id``: a question's id."""

    msg_type: str
    cl_ord_id: str
    orig_cl_ord_id: str
    wire_id: str


class SentMessages:
    """The last ``KEPT_MAX`` application messages, by MsgSeqNum and by their own id. Any thread: a
    kill notes its cancels beside the loop."""

    def __init__(self) -> None:
        self._by_seq: OrderedDict[int, SentMessage] = OrderedDict()
        self._by_ref: OrderedDict[tuple[str, str], SentMessage] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, seq: int, draft: Draft) -> None:
        values = dict(draft.fields)
        wire_id = ""
        for tag in (Tag.ORD_STATUS_REQ_ID, Tag.MASS_STATUS_REQ_ID, Tag.TRADE_REQUEST_ID):
            wire_id = wire_id or values.get(tag, "")
        sent = SentMessage(
            draft.msg_type,
            values.get(Tag.CL_ORD_ID, ""),
            values.get(Tag.ORIG_CL_ORD_ID, ""),
            wire_id or values.get(Tag.MD_REQ_ID, ""),
        )
        with self._lock:
            self._by_seq[seq] = sent
            self._by_ref[(draft.msg_type, sent.wire_id or sent.cl_ord_id)] = sent
            if len(self._by_seq) > KEPT_MAX:
                self._by_seq.popitem(last=False)
            if len(self._by_ref) > KEPT_MAX:
                self._by_ref.popitem(last=False)

    def by_seq(self, seq: int) -> SentMessage | None:
        return self._by_seq.get(seq)

    def by_ref(self, msg_type: str, ref: str) -> SentMessage | None:
        """By RefMsgType and BusinessRejectRefID: a ClOrdID or a question's id."""
        return self._by_ref.get((msg_type, ref))
