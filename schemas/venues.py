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
    Venue("XASE", "NYSE American", "LIT"),
    Venue("XBOS", "Nasdaq BX", "LIT"),
    Venue("XCHI", "NYSE Chicago", "LIT"),
    Venue("XCIS", "NYSE National", "LIT"),
    Venue("XPHL", "Nasdaq PSX", "LIT"),
    Venue("BATY", "Cboe BYX", "LIT"),
    Venue("EDGA", "Cboe EDGA", "LIT"),
    Venue("EDGX", "Cboe EDGX", "LIT"),
    Venue("EPRL", "MIAX Pearl", "LIT"),
    Venue("LTSE", "Long-Term Stock Exchange", "LIT"),
    Venue("MEMX", "Members Exchange", "LIT"),
    Venue("FINR", "Off-exchange trades reported to FINRA", "DARK"),
    Venue("SIP", "Consolidated tape of US stocks", "LIT"),
    Venue("IBKR", "Interactive Brokers, smart routing", "LIT"),
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
