-- The VAT of invoices and credit notes by the month of issue and the rate.
SELECT month, rate_percent, currency, kind, count(DISTINCT order_id) AS orders, sum(net) AS net_minor, sum(tax) AS vat_minor
FROM vat CROSS JOIN report_period
WHERE issued_at >= starts_at AND issued_at < ends_at
GROUP BY month, rate_percent, currency, kind
ORDER BY month, rate_percent, currency, kind
