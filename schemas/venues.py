"""The venues: who they are, and whether their orders are displayed."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Venue:
    """A place where trades happen. `LIT` displays its orders, `DARK` (dark pool or ATS) does not."""

    code: str
    name: str
    type: Literal["LIT", "DARK"]


VENUES = (
    Venue("XNAS", "Nasdaq", "LIT"),
    Venue("XNYS", "New York Stock Exchange", "LIT"),
    Venue("ARCX", "NYSE Arca", "LIT"),
    Venue("BATS", "Cboe BZX", "LIT"),
    Venue("IEXG", "Investors Exchange", "LIT"),
    Venue("UBSA", "UBS ATS", "DARK"),
    Venue("SGMT", "Sigma X2", "DARK"),
    Venue("CROS", "CrossFinder", "DARK"),
    Venue("LQNT", "Liquidnet", "DARK"),
    Venue("DLXA", "Depthlake Exchange A", "LIT"),
    Venue("DLXB", "Depthlake Exchange B", "LIT"),
    Venue("DLXD", "Depthlake Exchange Dark", "DARK"),
    Venue("BINANCE", "Binance spot", "LIT"),
    Venue("BINANCE_USDM", "Binance USD-M futures", "LIT"),
    Venue("XCME", "CME Globex", "LIT"),
    Venue("BITMEX", "BitMEX", "LIT"),
    Venue("BITSTAMP", "Bitstamp", "LIT"),
    Venue("BYBIT", "Bybit derivatives", "LIT"),
    Venue("COINBASE", "Coinbase Exchange", "LIT"),
    Venue("DERIBIT", "Deribit", "LIT"),
    Venue("KRAKEN", "Kraken", "LIT"),
    Venue("OKX", "OKX", "LIT"),
)

# Those whose orders `depthlake exchange run` matches.
EXCHANGE_VENUES = tuple(venue for venue in VENUES if venue.code.startswith("DLX"))
