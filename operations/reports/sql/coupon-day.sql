-- A day with coupons hour by hour: the orders, those with a discount, and the discounts.
SELECT hour, currency, count(*) AS orders, count_if(discount > 0) AS discounted_orders, sum(discount) AS discount_minor,
  sum(total) AS ordered_minor
FROM sales
GROUP BY hour, currency
ORDER BY hour, currency
