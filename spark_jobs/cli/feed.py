"""`feed binance`, `feed alpaca`, `feed ibkr`."""

import ssl
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import Caller, caller
from spark_jobs.cli.options import taking
from spark_jobs.cli.sources import progress_bar

if TYPE_CHECKING:
    from spark_jobs.feeds import MakeFeed

app = typer.Typer(no_args_is_help=True, help="Live feeds: venues' trades, quotes and books into the topics.")

KEY, SECRET = "APCA_API_KEY_ID", "APCA_API_SECRET_KEY"
ALPACA_URL = "wss://stream.data.alpaca.markets"
GATEWAY_URL = "https://localhost:5000"
WEBSOCKET, HTTP = ("wss", "ws"), ("https", "http")


class BinanceMarket(StrEnum):
    """Binance's markets."""

    SPOT = "spot"
    USDM = "usdm"


class AlpacaSource(StrEnum):
    """Where Alpaca's market data are from."""

    IEX = "iex"
    SIP = "sip"


@dataclass(frozen=True)
class BinanceOptions:
    """What `binance` takes."""

    context: typer.Context
    symbols: Annotated[str, typer.Option(help="As BTCUSDT,ETHUSDT.", metavar="LIST")]
    market: Annotated[BinanceMarket, typer.Option(help="Spot, or USD-M perpetuals.")] = BinanceMarket.SPOT
    stream_url: Annotated[str | None, typer.Option(help="Base of the stream; else Binance's.", metavar="URL")] = None
    rest_url: Annotated[str | None, typer.Option(help="Base of the snapshots; else Binance's.", metavar="URL")] = None
    silence: Annotated[float, typer.Option(min=0.1, help="Seconds without a message until it connects again.")] = 60


@app.command()
@taking(BinanceOptions)
def binance(options: BinanceOptions) -> None:
    """Publish trades, best quotes and books of Binance until Ctrl-C or SIGTERM. Needs `up`.

    Each connection begins with snapshots of the books. A gap in a book's updates brings a new snapshot; a connection
    that closes or falls silent is made again.

    Example: `depthlake feed binance --symbols BTCUSDT,ETHUSDT --market usdm`
    """
    from dataclasses import replace

    from pipelines.source.feeds.binance import MARKETS, BinanceFeed
    from pipelines.source.feeds.rest import check_url

    market, symbols = MARKETS[options.market], [name.upper() for name in _names(options.symbols)]
    stream_url = check_url("--stream-url", options.stream_url or market.stream_url, WEBSOCKET)
    rest_url = check_url("--rest-url", options.rest_url or market.rest_url, HTTP)
    market = replace(market, stream_url=stream_url, rest_url=rest_url)
    _run(options.context, lambda *given: BinanceFeed(market, symbols, *given), options.silence)


@app.command()
def alpaca(
    context: typer.Context,
    symbols: Annotated[str, typer.Option(help="As AAPL,MSFT.", metavar="LIST")],
    source: Annotated[AlpacaSource, typer.Option(help="IEX, or the consolidated tape.")] = AlpacaSource.IEX,
    stream_url: Annotated[str, typer.Option(help="Base of the stream.", metavar="URL")] = ALPACA_URL,
    silence: Annotated[float, typer.Option(min=0.1, help="Seconds without a message until it connects again.")] = 600,
) -> None:
    """Publish trades and quotes of US stocks from Alpaca until Ctrl-C or SIGTERM. Needs `up`.

    The keys are read from the environment: APCA_API_KEY_ID and APCA_API_SECRET_KEY.

    Example: `depthlake feed alpaca --symbols AAPL,MSFT --source iex`
    """
    from pipelines.source.feeds.alpaca import AlpacaFeed, Keys
    from pipelines.source.feeds.rest import check_url

    keys, url = Keys(*_keys(caller(context))), check_url("--stream-url", stream_url, WEBSOCKET)
    names = [name.upper() for name in _names(symbols)]
    _run(context, lambda journal, *_: AlpacaFeed(url, source.value, names, keys, journal), silence)


@app.command()
def ibkr(
    context: typer.Context,
    symbols: Annotated[str, typer.Option(help="With their conids, as AAPL=265598,MSFT=272093.", metavar="LIST")],
    gateway: Annotated[str, typer.Option(help="The Client Portal Gateway.", metavar="URL")] = GATEWAY_URL,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Its certificate; --no-verify only on this machine.")
    ] = True,
    silence: Annotated[float, typer.Option(min=0.1, help="Seconds without a message until it connects again.")] = 180,
) -> None:
    """Publish quotes and last trades of Interactive Brokers until Ctrl-C or SIGTERM. Needs `up` and the gateway.

    Log in to the Client Portal Gateway first. Its certificate is signed by itself, so that on this machine
    --no-verify is what connects to it.

    Example: `depthlake feed ibkr --symbols AAPL=265598 --no-verify`
    """
    from pipelines.source.feeds.events import Link
    from pipelines.source.feeds.ibkr import IbkrFeed
    from pipelines.source.feeds.rest import check_url

    link = Link(check_url("--gateway", gateway, HTTP), None if verify else _unverified(gateway))
    contracts = _contracts(symbols)
    _run(context, lambda journal, clock, _: IbkrFeed(link, contracts, journal, clock), silence)


def _run(context: typer.Context, make: "MakeFeed", silence_s: float) -> None:
    from pipelines.source.feeds.engine import Limits
    from spark_jobs.feeds import run_feed

    who = caller(context)
    with progress_bar(who.err, "messages") as advance:
        run_feed(who.settings, make, Limits(silence_s=silence_s), lambda total: advance(total, None), who.say)


def _names(symbols: str) -> list[str]:
    """The parts of a list with commas. Raises SettingsError when there is none."""
    names = [name.strip() for name in symbols.split(",") if name.strip()]
    if not names:
        raise SettingsError("--symbols names no symbol: give some with commas between them.")
    return list(dict.fromkeys(names))


def _contracts(symbols: str) -> dict[str, str]:
    """The symbol of each conid. Raises SettingsError on what is not SYMBOL=CONID."""
    contracts = {}
    for name in _names(symbols):
        symbol, _, conid = name.partition("=")
        if not symbol or not (conid.isascii() and conid.isdigit()):
            raise SettingsError(f"--symbols {name} has no conid: give SYMBOL=CONID, as AAPL=265598.")
        contracts[conid] = symbol
    return contracts


def _keys(who: Caller) -> tuple[str, str]:
    """Raises SettingsError, naming the variable, when one is missing."""
    for name in (KEY, SECRET):
        if not who.environment.get(name):
            raise SettingsError(f"{name} is not set: export the keys that Alpaca shows on your account's page.")
    return who.environment[KEY], who.environment[SECRET]


def _unverified(gateway: str) -> ssl.SSLContext:
    """TLS that takes any certificate. Raises SettingsError when the gateway is on another machine."""
    from pipelines.source.feeds.rest import is_loopback

    if not is_loopback(gateway):
        raise SettingsError(f"--no-verify is for a gateway on this machine, not for {gateway}: leave it out.")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
