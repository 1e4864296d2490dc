-- The credit notes that were issued, by what they are for and the reason that was given.
SELECT kind, reason, currency, count(*) AS credit_notes, sum(total) AS credited_minor
FROM refunds CROSS JOIN report_period
WHERE issued_at >= starts_at AND issued_at < ends_at
GROUP BY kind, reason, currency
ORDER BY currency, credited_minor DESC, kind, reason
