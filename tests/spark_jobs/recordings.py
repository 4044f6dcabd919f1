"""A recording of every source, as a person would give it to `replay` and `import`."""

import json
from pathlib import Path

from pipelines.source.importers import PLAIN, importer_named
from pipelines.source.importers.report import Imported, import_file
from tests.house_rules import ROOT
from tests.pipelines.source.importers.reading import pack

DATABENTO = ROOT.parent / "shared" / "data" / "databento"
SYMBOL_DAY_MS = 1723075200005
MAPPING = """topic = "market.trades.v1"
constants = { symbol = "A", venue = "XNAS" }
[columns]
venue_ts_ns = { column = "t", unit = "s" }
price = { column = "p", scale = "0.0001" }
quantity = "q"
aggressor_side = { column = "side", values = { b = "BUY", s = "SELL" } }
"""


def capture() -> str:
    """A snapshot of a book, a diff, the touch and a trade."""
    time = {"E": SYMBOL_DAY_MS, "s": "BTCUSDT"}
    messages = [
        {"lastUpdateId": 5, "bids": [["10.0", "1"]], "asks": [["11.0", "2"]]},
        {"stream": "btcusdt@depth@100ms", "data": {**time, "U": 6, "u": 7, "b": [["10.5", "3"]], "a": [["11.0", "0"]]}},
        {
            "stream": "btcusdt@bookTicker",
            "data": {"s": "BTCUSDT", "u": 7, "b": "10.5", "B": "3", "a": "12.0", "A": "2"},
        },
        {
            "stream": "btcusdt@trade",
            "data": {**time, "T": SYMBOL_DAY_MS, "t": 9, "p": "10.5", "q": "1", "m": True, "M": True},
        },
    ]
    return "".join(f"{(SYMBOL_DAY_MS + n) * 10**6} {json.dumps(each)}\n" for n, each in enumerate(messages))


# By source: the file that is named, then what lies beside it.
FILES = {
    "binance": {"capture.gz": capture()},
    "binance-csv": {
        "BTCUSDT-trades-2024-08-08.zip": "".join(
            f"{n},61837.63,0.02,1236.7526,{SYMBOL_DAY_MS + n},True,True\n" for n in range(3)
        )
    },
    "lobster": {
        "AAPL_2012-06-21_34200000_57600000_message_1.csv": "34200.5,1,7,10,5000000,1\n34201.5,4,7,10,5000000,1\n",
        "AAPL_2012-06-21_34200000_57600000_orderbook_1.csv": "5000100,1,5000000,20\n5000100,1,5000000,10\n",
    },
    "tardis": {
        "binance_incremental_book_L2_2024-08-08_BTCUSDT.csv.gz": (
            "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n"
            f"binance,BTCUSDT,{SYMBOL_DAY_MS}000,{SYMBOL_DAY_MS}900,true,bid,10,1\n"
            f"binance,BTCUSDT,{SYMBOL_DAY_MS}000,{SYMBOL_DAY_MS}900,true,ask,11,2\n"
            f"binance,BTCUSDT,{SYMBOL_DAY_MS}100,{SYMBOL_DAY_MS}950,false,ask,11,0.5\n"
        )
    },
    PLAIN: {"trades.csv": "t,p,q,side\n1723075200,100000,2,b\n1723075201,100100,2.5,s\n"},
}


def record_all(folder: Path) -> list[Imported]:
    """Every source's file, read: one of each, and of Databento trades with quotes, and orders."""
    (folder / "mapping.toml").write_text(MAPPING)
    for files in FILES.values():
        for name, text in files.items():
            (folder / name).write_bytes(pack(text.encode(), name))
    named = [(source, folder / next(iter(files))) for source, files in FILES.items()]
    named += [("databento", DATABENTO / f"XNAS.ITCH.{schema}.dbn.zst") for schema in ("tbbo", "mbo")]
    mappings = {PLAIN: folder / "mapping.toml"}
    return [import_file(importer_named(source, mappings.get(source)), path) for source, path in named]
