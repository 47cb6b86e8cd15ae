"""What each kind of escalation means: cause, consequence, response, time available.

Owns: these texts, shown in the escalation's detail and printed into the documentation. May not:
speak of one occurrence; that is the engine's text.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine import EscalationKind


@dataclass(frozen=True, slots=True)
class Advice:
    """What a trader should know about a kind of escalation."""

    title: str
    cause: str
    consequence: str
    response: str
    time: str


K = EscalationKind

ADVICE: dict[EscalationKind, Advice] = {
    K.HEDGE_PARTIAL: Advice(
        "Hedge filled in part",
        "A hedge order filled only in part, or ran into its timeout.",
        "Part of the risk stands without protection until the next level has filled.",
        "Watch. The engine cancels the rest, waits for the confirmation and hedges the remainder "
        "at the next level. Hedge by hand only if you see a better price or no progress.",
        "Seconds: a level takes at most 5 s and 1.5 s for its cancel, in broker time.",
    ),
    K.HEDGE_DEPTH_EXCEEDED: Advice(
        "Hedging by itself has ended short",
        "All three levels were placed and the exposure is still not covered.",
        "The unfilled quantity is naked. Nothing more is sent for it automatically.",
        "Hedge by hand now: the quantity is filled in. If the book is empty, look for another "
        "instrument, or reduce the risk leg.",
        "None. Each tick against you is loss on the whole unfilled quantity.",
    ),
    K.HEDGE_UNCERTAIN: Advice(
        "Nobody knows whether the hedge still works",
        "The cancel of a hedge order was not confirmed within 1.5 s of broker time.",
        "The order may be live, filled or gone. Another one now could hedge twice.",
        "Ask the broker by telephone what the order did. The engine keeps asking; a late answer "
        "goes on with the chain or closes this.",
        "Short: you may be naked for the unfilled quantity.",
    ),
    K.HEDGE_BLOCKED: Advice(
        "The hedge can't be sent",
        "A limit, the kill switch or a lost link keeps a hedge order from leaving.",
        "The exposure stays as it is.",
        "Remove what blocks (the text names it), or hedge elsewhere and accept the risk here with "
        "that reason.",
        "None while the exposure is open.",
    ),
    K.MANUAL_HEDGE_SHORT: Advice(
        "Your hedge ended short",
        "A hedge placed by hand ended with less than was asked, or it was placed for less than is "
        "unhedged.",
        "What is left is unhedged; the automatic chain doesn't take over again by itself.",
        "Hedge the remainder: MARKET, or a LIMIT nearer to the touch.",
        "None.",
    ),
    K.LEG_HELD: Advice(
        "A leg waits for you",
        "You, or a cancel from outside, ended an order of this leg; it is not re-sent by itself.",
        "The group stands still. With risk on, the exposure is hedged; without, nothing happens.",
        "Decide: accept the partial size, hedge by hand, or cancel the group.",
        "Minutes, unless risk is on.",
    ),
    K.RISK_SHORT: Advice(
        "The risk leg ended short",
        "The risk order was canceled, expired or rejected before its quantity was done.",
        "More hedge than risk: no naked exposure, but the surplus costs and moves.",
        "Keep the surplus, accept the smaller size, or unwind it.",
        "Minutes to hours.",
    ),
    K.FILL_AFTER_DONE: Advice(
        "A fill on an order that was over",
        "The broker reported a fill for an order already canceled, expired or done.",
        "It is booked. The group's exposure was computed anew and may be open.",
        "Check the unhedged quantity; hedge it if the engine doesn't. Compare with the broker.",
        "None while something is unhedged.",
    ),
    K.OVERFILL: Advice(
        "More filled than ordered",
        "CumQty went above OrderQty.",
        "The surplus is a position nobody asked for.",
        "Call the broker: a bust is likely. Hedge or flatten the surplus meanwhile.",
        "None.",
    ),
    K.UNKNOWN_ORDER: Advice(
        "Fills on an order we don't know",
        "The broker reports an order that this desk has no record of, with fills.",
        "A position may exist outside every group.",
        "Find out whose it is. Adopt it into a group, or cancel it, in the panel Orphans.",
        "None until you know whose it is.",
    ),
    K.CONFLICTING_EXECUTION: Advice(
        "Two stories under one ExecID",
        "An ExecID came again with another content.",
        "The first stands. If the second is the true one, quantity or price here is wrong.",
        "Ask the broker which one is in its book; wait for a correction, or call.",
        "Minutes; none when the quantities differ.",
    ),
    K.NEVER_SENT_REVOKED: Advice(
        "An order marked as never sent is alive",
        "A report came for an order that was resolved as MARK_NEVER_SENT.",
        "The order lives or has filled; its exposure counts from now on.",
        "Look at the group: cancel the order or hedge what filled.",
        "None.",
    ),
    K.CANCEL_UNCERTAIN: Advice(
        "Nobody knows whether the cancel worked",
        "A cancel was asked and not confirmed in time.",
        "The order may still fill.",
        "Count it as live. Ask the broker again, by telephone if need be.",
        "Minutes; none near the market.",
    ),
    K.STOP_LOSS_UNCERTAIN: Advice(
        "Nobody knows whether the stop is out",
        "The stop's limit order could not be confirmed canceled, so no MARKET was sent.",
        "The position may be unprotected while the market runs against it.",
        "Ask the broker. If the order is gone, close the rest by hand.",
        "None.",
    ),
    K.STOP_LOSS_SHORT: Advice(
        "The stop closed only a part",
        "The stop's orders ended with less than the protected quantity.",
        "The rest of the position is open beyond its stop.",
        "Close the rest by hand at MARKET, or accept the risk with a reason.",
        "None.",
    ),
    K.BROKER_SILENT: Advice(
        "The broker is silent",
        "Nothing was heard from the broker for 3 s.",
        "What is shown may be old; no order decision is taken from local time.",
        "Check the link. Working orders can still fill: count on it. Use the telephone.",
        "Seconds to minutes, by how much works in the market.",
    ),
    K.ORDER_UNCONFIRMED: Advice(
        "The broker does not know an order that was sent",
        "The order was handed over long enough ago to have arrived, and the broker denies it.",
        "It may be lost, or still be on its way and fill later. It counts as live.",
        "Ask the broker by telephone. If it never arrived, start the desk again: the order then "
        "waits as an orphan and can be marked as never sent, or sent again under its ClOrdID.",
        "Minutes.",
    ),
    K.EXECUTION_GAP: Advice(
        "An execution is missing",
        "CumQty says more than the executions we received.",
        "The quantity counts, its price isn't known. The group can't complete.",
        "The engine has asked. If it doesn't close, compare with the broker's fills.",
        "Minutes.",
    ),
    K.LIMIT_BLOCKED: Advice(
        "A limit holds back an order",
        "A pre-trade limit or the message throttle keeps an order of this group from leaving.",
        "The group stands still there. Protection is never held back by a limit, risk is.",
        "Read which limit. Wait if it is a rate, reduce the group, or ask the risk role.",
        "Minutes; what is on risk already is hedged all the same.",
    ),
    K.HEDGE_OVER_LIMIT: Advice(
        "A hedge went out over a limit",
        "A hedge of proven exposure was larger than a pre-trade limit allows.",
        "It was sent: a limit never stops a hedge. The account is over that limit now.",
        "Tell the risk role. Nothing has to be pressed for the hedge itself.",
        "Hours.",
    ),
    K.REPEATED_EXECUTION: Advice(
        "The same group again and again",
        "Groups of one shape were submitted more often than the repeat limit allows.",
        "This shape is stopped. Something may be submitting in a loop.",
        "Find out what sends them before you let the shape go on.",
        "Minutes.",
    ),
    K.RECONCILIATION_BREAK: Advice(
        "The broker's book and ours differ",
        "A reconciliation found an order, execution or position that doesn't match.",
        "Some quantity here is wrong, or the broker's is; exposure may be other than shown.",
        "Look at the break, ask the broker, and correct the side that is wrong.",
        "Minutes when the position differs.",
    ),
}

UNKNOWN = Advice(
    "Unexpected condition",
    "The engine reports a kind of escalation that this screen has no text for.",
    "See the text of the occurrence.",
    "Read the text; when in doubt count the quantity as unhedged.",
    "None known.",
)


def advice(kind: EscalationKind) -> Advice:
    """The text for a kind."""
    return ADVICE.get(kind, UNKNOWN)
