"""Where venues are, who operates them, and whose quotes form one best bid and offer.

Coordinates are WGS 84, of the matching engine where its place is published, to about a kilometre: Carteret (Nasdaq),
Mahwah (NYSE), Secaucus (Cboe and others, Equinix NY4 to NY6) and Weehawken (IEX) in New Jersey, Aurora (CME) in
Illinois, Slough (Deribit, Equinix LD4), the region of the cloud for the crypto venues that name one. Of dark pools it
is the operator's office. Operators are operating MICs of ISO 10383. Our own exchange runs wherever it was started: its
places are nominal.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["DATA_CENTRE", "CLOUD_REGION", "OFFICE", "NOMINAL"]


@dataclass(frozen=True)
class Place:
    """City, degrees north and east, what stands there, the operator's MIC, and the market of the venue's quotes."""

    city: str
    latitude: float
    longitude: float
    kind: Kind
    operator_mic: str | None
    market: str


def _us(city: str, latitude: float, longitude: float, operator_mic: str | None, kind: Kind = "DATA_CENTRE") -> Place:
    return Place(city, latitude, longitude, kind, operator_mic, "US")


def _crypto(city: str, latitude: float, longitude: float, market: str, kind: Kind = "CLOUD_REGION") -> Place:
    return Place(city, latitude, longitude, kind, None, market)


CARTERET = ("Carteret", 40.59, -74.25)
MAHWAH = ("Mahwah", 41.08, -74.16)
SECAUCUS = ("Secaucus", 40.78, -74.07)
NEW_YORK = "New York"
TOKYO = ("Tokyo", 35.68, 139.69)

PLACES = {
    "XNAS": _us(*CARTERET, "XNAS"),
    "XBOS": _us(*CARTERET, "XNAS"),
    "XPHL": _us(*CARTERET, "XNAS"),
    "XNYS": _us(*MAHWAH, "XNYS"),
    "ARCX": _us(*MAHWAH, "XNYS"),
    "XASE": _us(*MAHWAH, "XNYS"),
    "XCHI": _us(*MAHWAH, "XNYS"),
    "XCIS": _us(*MAHWAH, "XNYS"),
    "BATS": _us(*SECAUCUS, "XCBO"),
    "BATY": _us(*SECAUCUS, "XCBO"),
    "EDGA": _us(*SECAUCUS, "XCBO"),
    "EDGX": _us(*SECAUCUS, "XCBO"),
    "EPRL": _us(*SECAUCUS, "MIHI"),
    "LTSE": _us(*SECAUCUS, "LTSE"),
    "MEMX": _us(*SECAUCUS, "MEMX"),
    "IEXG": _us("Weehawken", 40.76, -74.02, "IEXG"),
    "UBSA": _us(NEW_YORK, 40.76, -73.98, "UBSS", "OFFICE"),
    "SGMT": _us(NEW_YORK, 40.71, -74.01, "GSCO", "OFFICE"),
    "CROS": _us(NEW_YORK, 40.74, -73.99, None, "OFFICE"),
    "LQNT": _us(NEW_YORK, 40.76, -73.99, "LQNT", "OFFICE"),
    "FINR": _us("Washington", 38.90, -77.04, "FINR", "OFFICE"),
    "SIP": Place(*CARTERET, "DATA_CENTRE", None, "SIP"),
    "IBKR": Place("Greenwich", 41.02, -73.63, "OFFICE", None, "IBKR"),
    "XCME": Place("Aurora", 41.80, -88.24, "DATA_CENTRE", "XCME", "CME"),
    "DLXA": Place(*SECAUCUS, "NOMINAL", None, "DEPTHLAKE"),
    "DLXB": Place(*CARTERET, "NOMINAL", None, "DEPTHLAKE"),
    "DLXD": Place(*MAHWAH, "NOMINAL", None, "DEPTHLAKE"),
    "BINANCE": _crypto(*TOKYO, "CRYPTO_SPOT"),
    "BINANCE_USDM": _crypto(*TOKYO, "CRYPTO_USDM"),
    "BITMEX": _crypto("Dublin", 53.35, -6.26, "BITMEX"),
    "BITSTAMP": _crypto("London", 51.51, -0.13, "CRYPTO_SPOT", "OFFICE"),
    "BYBIT": _crypto("Singapore", 1.35, 103.82, "BYBIT"),
    "COINBASE": _crypto("Ashburn", 39.04, -77.49, "CRYPTO_SPOT"),
    "DERIBIT": _crypto("Slough", 51.52, -0.63, "DERIBIT", "DATA_CENTRE"),
    "KRAKEN": _crypto("San Francisco", 37.79, -122.40, "CRYPTO_SPOT", "OFFICE"),
    "OKX": _crypto("Hong Kong", 22.32, 114.17, "CRYPTO_SPOT"),
}


def market_of(venue: str) -> str:
    """The market in which a venue's quotes meet those of others; an unknown venue is alone in its own."""
    place = PLACES.get(venue)
    return place.market if place else venue
