"""The loop over messages with accounts: each is checked before it is acted on, and booked before the next."""

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.checks import Asked, Desk, fund, judge_account, refuse
from pipelines.exchange.codes import MessageKind
from pipelines.exchange.layout import (
    BOOK,
    DIRECTORY,
    MESSAGE,
    MESSAGE_KIND,
    MESSAGE_SYMBOL,
    NOTHING,
    PAUSE,
    REPORTS,
    constant,
)
from pipelines.exchange.ledger import Ledger, settle
from pipelines.exchange.run import Messages, act, load, open_book, pause

NEW, REPLACE, FUND = constant(MessageKind.NEW), constant(MessageKind.REPLACE), constant(MessageKind.FUND)


@kernel
def run_checked(m: Words, r: Rows, q: Messages, row: int, d: Desk) -> int:
    """As `run_messages`, with a ledger."""
    while row < len(q.kind):
        m[PAUSE] = pause(m, len(m), r.shape[1])
        if m[PAUSE]:
            break
        load(m, q, row)
        first = m[REPORTS]
        _act_checked(m, r, d.ledger, d.asked, row)
        settle(m, r, d.ledger, d.asked.position, first)
        row += 1
    return row


@kernel
def _act_checked(m: Words, r: Rows, k: Ledger, a: Asked, row: int) -> None:
    kind, symbol, reason = m[MESSAGE_KIND], m[MESSAGE_SYMBOL], a.refusal[row]
    m[MESSAGE + BOOK] = NOTHING
    if symbol >= 0:
        open_book(m, symbol)
        m[MESSAGE + BOOK] = m[DIRECTORY + symbol]
    if reason == 0 and kind == FUND:
        fund(m, r, k, a, row)
        return
    if reason == 0 and (kind == NEW or kind == REPLACE):
        reason = judge_account(m, k, a.position[row])
    if reason:
        refuse(m, r, reason)
    else:
        act(m, r)
