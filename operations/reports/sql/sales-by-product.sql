-- The pieces and prices of each sold product, and of what was cancelled or came back; before discount and tax.
SELECT sku, currency, max(name) AS name,
  count(DISTINCT order_id) AS orders, sum(ordered_pieces) AS pieces, sum(credited_pieces) AS credited_pieces,
  sum(ordered_pieces * unit_price) AS goods_minor, sum(credited_pieces * unit_price) AS credited_minor,
  sum((ordered_pieces - credited_pieces) * unit_price) AS sold_minor
FROM sold_lines
GROUP BY sku, currency
ORDER BY currency, sold_minor DESC, sku
