"""The tags of FIX 4.4 that this adapter speaks, by number and by name.

Owns: the numbers and the names for the raw log. May not: know what a field means.
Source: FIX 4.4, volume 6 (fields).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType


class Tag(IntEnum):
    """Field numbers; the member's name is the field's name in the standard's words."""

    ACCOUNT = 1
    AVG_PX = 6
    BEGIN_SEQ_NO = 7
    BEGIN_STRING = 8
    BODY_LENGTH = 9
    CHECK_SUM = 10
    CL_ORD_ID = 11
    CUM_QTY = 14
    END_SEQ_NO = 16
    EXEC_ID = 17
    EXEC_INST = 18
    EXEC_REF_ID = 19
    HANDL_INST = 21
    SECURITY_ID_SOURCE = 22
    LAST_PX = 31
    LAST_QTY = 32
    MSG_SEQ_NUM = 34
    MSG_TYPE = 35
    NEW_SEQ_NO = 36
    ORDER_ID = 37
    ORDER_QTY = 38
    ORD_STATUS = 39
    ORD_TYPE = 40
    ORIG_CL_ORD_ID = 41
    POSS_DUP_FLAG = 43
    PRICE = 44
    REF_SEQ_NUM = 45
    SECURITY_ID = 48
    SENDER_COMP_ID = 49
    SENDING_TIME = 52
    SIDE = 54
    SYMBOL = 55
    TARGET_COMP_ID = 56
    TEXT = 58
    TIME_IN_FORCE = 59
    TRANSACT_TIME = 60
    TRADE_DATE = 75
    RAW_DATA = 96
    POSS_RESEND = 97
    ENCRYPT_METHOD = 98
    STOP_PX = 99
    CXL_REJ_REASON = 102
    ORD_REJ_REASON = 103
    HEART_BT_INT = 108
    TEST_REQ_ID = 112
    ORIG_SENDING_TIME = 122
    GAP_FILL_FLAG = 123
    RESET_SEQ_NUM_FLAG = 141
    NO_RELATED_SYM = 146
    HEADLINE = 148
    EXEC_TYPE = 150
    LEAVES_QTY = 151
    SECURITY_TYPE = 167
    SECURITY_EXCHANGE = 207
    MD_REQ_ID = 262
    SUBSCRIPTION_REQUEST_TYPE = 263
    MARKET_DEPTH = 264
    MD_UPDATE_TYPE = 265
    NO_MD_ENTRY_TYPES = 267
    NO_MD_ENTRIES = 268
    MD_ENTRY_TYPE = 269
    MD_ENTRY_PX = 270
    MD_ENTRY_SIZE = 271
    MD_ENTRY_ID = 278
    MD_UPDATE_ACTION = 279
    MD_REQ_REJ_REASON = 281
    REF_TAG_ID = 371
    REF_MSG_TYPE = 372
    SESSION_REJECT_REASON = 373
    EXEC_RESTATEMENT_REASON = 378
    BUSINESS_REJECT_REF_ID = 379
    BUSINESS_REJECT_REASON = 380
    CXL_REJ_RESPONSE_TO = 434
    MASS_CANCEL_REQUEST_TYPE = 530
    MASS_CANCEL_RESPONSE = 531
    MASS_CANCEL_REJECT_REASON = 532
    TOTAL_AFFECTED_ORDERS = 533
    NO_SIDES = 552
    USERNAME = 553
    PASSWORD = 554
    TRADE_REQUEST_ID = 568
    TRADE_REQUEST_TYPE = 569
    PREVIOUSLY_REPORTED = 570
    TRADE_REPORT_ID = 571
    NO_DATES = 580
    MASS_STATUS_REQ_ID = 584
    MASS_STATUS_REQ_TYPE = 585
    TOT_NUM_TRADE_REPORTS = 748
    TRADE_REQUEST_RESULT = 749
    TRADE_REQUEST_STATUS = 750
    NEXT_EXPECTED_MSG_SEQ_NUM = 789
    ORD_STATUS_REQ_ID = 790
    TOT_NUM_REPORTS = 911
    LAST_RPT_REQUESTED = 912


HEADER = frozenset(
    {
        Tag.BEGIN_STRING, Tag.BODY_LENGTH, Tag.MSG_TYPE, Tag.MSG_SEQ_NUM, Tag.SENDER_COMP_ID,
        Tag.TARGET_COMP_ID, Tag.SENDING_TIME, Tag.POSS_DUP_FLAG, Tag.POSS_RESEND,
        Tag.ORIG_SENDING_TIME,
    }
)  # fmt: skip

MSG_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "0": "Heartbeat", "1": "TestRequest", "2": "ResendRequest", "3": "Reject",
        "4": "SequenceReset", "5": "Logout", "8": "ExecutionReport", "9": "OrderCancelReject",
        "A": "Logon", "AD": "TradeCaptureReportRequest", "AE": "TradeCaptureReport",
        "AF": "OrderMassStatusRequest", "AQ": "TradeCaptureReportRequestAck", "B": "News",
        "D": "NewOrderSingle", "F": "OrderCancelRequest", "G": "OrderCancelReplaceRequest",
        "H": "OrderStatusRequest", "V": "MarketDataRequest",
        "W": "MarketDataSnapshotFullRefresh", "X": "MarketDataIncrementalRefresh",
        "Y": "MarketDataRequestReject", "j": "BusinessMessageReject",
        "q": "OrderMassCancelRequest", "r": "OrderMassCancelReport",
    }
)  # fmt: skip

_SPELLED = {"ID", "MD"}


def tag_name(number: int) -> str:
    """The field's name as the standard writes it (``ClOrdID``); the number where it is unknown."""
    try:
        words = Tag(number).name.split("_")
    except ValueError:
        return str(number)
    return "".join(word if word in _SPELLED else word.capitalize() for word in words)
