-- The orders that needed an approval: what was decided, by whom, and after how long.
SELECT outcome, decided_by, currency, count(*) AS orders, sum(total) AS ordered_minor,
  (array_agg(ms ORDER BY ms))[greatest(1, CAST(ceil(count(ms) * 5e-1) AS bigint))] AS median_ms, max(ms) AS longest_ms
FROM approvals CROSS JOIN report_period
WHERE placed_at >= starts_at AND placed_at < ends_at
GROUP BY outcome, decided_by, currency
ORDER BY outcome, decided_by, currency
