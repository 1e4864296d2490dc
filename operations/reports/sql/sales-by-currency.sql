-- What was ordered, invoiced and credited of the orders of each currency.
SELECT currency,
  count(*) AS orders, sum(total) AS ordered_minor, sum(invoiced) AS invoiced_minor, sum(credited) AS credited_minor,
  sum(imported) AS imported_minor, sum(invoiced - credited + imported) AS sold_minor
FROM sales
GROUP BY currency
ORDER BY currency
