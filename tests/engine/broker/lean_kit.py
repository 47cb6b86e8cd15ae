"""Small folders in LEAN's layout, made by hand for the tests."""

from __future__ import annotations

import zipfile
from pathlib import Path

OPTIONS = "futureoption/cme/minute/es/202003/20200106_quote_american.zip"
FUTURES = "future/cme/minute/es/20200106_quote.zip"
INDEX = "indexoption/usa/minute/spxw/20210106_quote_european.zip"
PUT_3000 = "20200106_es_minute_quote_american_put_30000000_20200320.csv"
PUT_3100 = "20200106_es_minute_quote_american_put_31000000_20200320.csv"
MARCH = "20200106_es_minute_quote_202003.csv"
SPXW = "20210106_spxw_minute_quote_european_call_38000000_20210108.csv"


def line(minute: int, bid: str, bid_size: int, ask: str, ask_size: int) -> str:
    """One line whose open, high and low differ from its close, so that they can't be used."""
    bids = f"1,2,1,{bid},{bid_size}" if bid else ",,,,0"
    asks = f"9001,9002,9001,{ask},{ask_size}" if ask else ",,,,0"
    return f"{minute * 60_000},{bids},{asks}"


def put_zip(folder: Path, name: str, **members: str) -> Path:
    """Write one archive below ``folder``; keyword: member name (without ``.csv``) and text."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in members.items():
            archive.writestr(f"{member}.csv", text)
    return path


def member(name: str) -> str:
    return name.removesuffix(".csv")


def small_folder(folder: Path) -> Path:
    """Two puts and a future on one day; four minutes."""
    puts = {
        member(PUT_3000): "\n".join(
            [line(0, "29.25", 12, "30", 164), line(1, "29", 3, "29.5", 4), line(3, "28", 1, "", 0)]
        ),
        member(PUT_3100): line(1, "50.25", 5, "51", 6) + "\n",
    }
    put_zip(folder, OPTIONS, **puts)
    put_zip(folder, FUTURES, **{member(MARCH): line(0, "3223", 20, "3223.25", 20)})
    return folder
