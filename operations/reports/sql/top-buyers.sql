-- The 20 customers of each currency to whom most was sold.
SELECT customer_id, currency, orders, sold_minor
FROM (
  SELECT customer_id, currency, count(*) AS orders, sum(invoiced - credited + imported) AS sold_minor,
    row_number() OVER (PARTITION BY currency ORDER BY sum(invoiced - credited + imported) DESC, customer_id) AS place
  FROM sales
  GROUP BY customer_id, currency
)
WHERE place <= 20
ORDER BY currency, place
