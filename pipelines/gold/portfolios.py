"""gold.portfolios: what an account has and what it is worth, minute by minute, by the events of the exchange.

A row is the state at the end of the minute: what each shard of the exchange last said, at the last price of each
symbol at or before that end, over all venues (gold.market_prices). Cash is the sum over the shards.
unrealised_pnl = position_value − cost and total_pnl = realised_pnl + unrealised_pnl − fees; then funded, all that was
ever put in, cash and shares at their cost, is value − total_pnl = cash + cost − realised_pnl + fees.
"""

from schemas.registry import View

AMOUNT = "DECIMAL(28, 9)"

PORTFOLIOS = View(
    "gold.portfolios",
    "Cash, positions, value and profit per account and minute; a row for each minute in which the account had an "
    "event or something that it holds was traded",
    (
        ("account_id", "Whose portfolio"),
        ("window_start", "Start of the minute; all columns but event_date are as of its end"),
        ("cash", "Cash on all shards of the exchange; null where no event has said it"),
        ("positions", "Shares by symbol, negative: owed; without the symbols of which it has none"),
        ("position_value", "Positions at the last prices; null where one of them has no price yet"),
        ("value", "cash + position_value"),
        ("cost", "What the positions have cost, by average cost and without fees"),
        ("funded", "Cash and, at their cost, shares that were put in so far"),
        ("realised_pnl", "Profit of what was sold or bought back so far, by average cost and without fees"),
        ("unrealised_pnl", "position_value − cost"),
        ("fees", "Paid to the exchange so far; negative: rebates outweigh"),
        ("total_pnl", "realised_pnl + unrealised_pnl − fees, which is value − funded"),
        ("order_count", "Orders accepted so far"),
        ("trade_count", "Fills so far"),
        ("event_date", "UTC date of window_start"),
    ),
    f"""
WITH folded AS (
  SELECT account_id, producer_id, symbol, window_start,
         sum(order_count) AS order_count, sum(trade_count) AS trade_count, sum(fees) AS fees,
         max(struct(state_ns, state_seq, cash, position, cost)) FILTER (WHERE state_ns IS NOT NULL) AS state,
         max(struct(fill_ns, fill_seq, realised_pnl)) FILTER (WHERE fill_ns IS NOT NULL).realised_pnl AS realised_pnl
  FROM gold.portfolios_1m_partials
  GROUP BY account_id, producer_id, symbol, window_start
), prices AS (
  SELECT symbol, date_trunc('MINUTE', window_start) AS window_start,
         max(struct(last_ns, last_seq, last_price)).last_price AS price
  FROM gold.prices_1s_partials
  GROUP BY 1, 2
), touched AS (
  SELECT DISTINCT account_id, producer_id, symbol FROM folded
), moments AS (
  SELECT account_id, window_start FROM folded
  UNION
  SELECT account_id, window_start FROM touched JOIN prices USING (symbol)
), states AS (
  SELECT t.account_id, t.producer_id, t.symbol, m.window_start,
         f.window_start IS NOT NULL AS has_event, p.price IS NOT NULL AS is_traded,
         last_value(f.state, true) OVER past AS state, last_value(f.realised_pnl, true) OVER past AS realised_pnl,
         sum(f.fees) OVER past AS fees, sum(f.order_count) OVER past AS order_count,
         sum(f.trade_count) OVER past AS trade_count, last_value(p.price, true) OVER past AS price
  FROM touched t JOIN moments m ON t.account_id = m.account_id
  LEFT JOIN folded f ON f.account_id = t.account_id AND f.producer_id = t.producer_id AND f.symbol <=> t.symbol
                        AND f.window_start = m.window_start
  LEFT JOIN prices p ON p.symbol = t.symbol AND p.window_start = m.window_start
  WINDOW past AS (PARTITION BY t.account_id, t.producer_id, t.symbol ORDER BY m.window_start)
), shards AS (
  SELECT *, IF(state = max(state) OVER (PARTITION BY account_id, producer_id, window_start), state.cash, NULL) AS cash
  FROM states
), holdings AS (
  SELECT account_id, window_start, symbol, bool_or(has_event) AS has_event, bool_or(is_traded) AS is_traded,
         CAST(sum(state.position) AS DECIMAL(18, 9)) AS position, max(price) AS price, sum(cash) AS cash,
         sum(state.cost) AS cost, sum(realised_pnl) AS realised_pnl, sum(fees) AS fees,
         sum(order_count) AS order_count, sum(trade_count) AS trade_count
  FROM shards
  GROUP BY account_id, window_start, symbol
), portfolios AS (
  SELECT account_id, window_start, CAST(sum(cash) AS {AMOUNT}) AS cash,
         map_from_entries(array_sort(collect_list(struct(symbol, position)) FILTER (WHERE position <> 0))) AS positions,
         CAST(IF(bool_or(position <> 0 AND price IS NULL), NULL, coalesce(sum(position * price), 0)) AS {AMOUNT})
           AS position_value,
         CAST(coalesce(sum(cost), 0) AS {AMOUNT}) AS cost, CAST(sum(fees) AS {AMOUNT}) AS fees,
         CAST(coalesce(sum(realised_pnl), 0) AS {AMOUNT}) AS realised_pnl,
         sum(order_count) AS order_count, sum(trade_count) AS trade_count
  FROM holdings
  GROUP BY account_id, window_start
  HAVING bool_or(has_event) OR bool_or(is_traded AND position <> 0)
)
SELECT account_id, window_start, cash, positions, position_value, cash + position_value AS value, cost,
       cash + cost - realised_pnl + fees AS funded, realised_pnl, position_value - cost AS unrealised_pnl, fees,
       realised_pnl + position_value - cost - fees AS total_pnl, order_count, trade_count,
       to_date(window_start) AS event_date
FROM portfolios
""",
    ("account_id",),
    "window_start + INTERVAL 1 MINUTE",
)
