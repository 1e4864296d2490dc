-- How long after its placement an order was decided, its first parcel shipped, and its last parcel delivered.
SELECT step, channel, count(*) AS orders,
  (array_agg(ms ORDER BY ms))[greatest(1, CAST(ceil(count(ms) * 5e-1) AS bigint))] AS median_ms,
  (array_agg(ms ORDER BY ms))[greatest(1, CAST(ceil(count(ms) * 9e-1) AS bigint))] AS ninety_percent_ms,
  max(ms) AS longest_ms
FROM durations CROSS JOIN report_period
WHERE placed_at >= starts_at AND placed_at < ends_at
GROUP BY step, channel
ORDER BY channel, median_ms, step
