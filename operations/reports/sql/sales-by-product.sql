-- The pieces and prices of each sold product, and of what was cancelled or came back; before discount and tax.
SELECT sku, currency, max(name) AS name,
  count(DISTINCT order_id) AS orders, sum(quantity) AS pieces, sum(credited_quantity) AS credited_pieces,
  sum(amount) AS goods_minor, sum(credited_quantity * unit_price) AS credited_minor,
  sum(amount - credited_quantity * unit_price) AS sold_minor
FROM sold_lines
GROUP BY sku, currency
ORDER BY currency, sold_minor DESC, sku
