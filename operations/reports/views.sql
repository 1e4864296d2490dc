-- The views of the reports, in the SQL that Athena (Trino) and DuckDB share. order_export has the lines of DynamoDB's exports, and
-- report_period the period and the seller's time zone. Money is integer minor units of the order's currency. Names that end with
-- _at are instants, ISO 8601 texts in UTC; hours, days and months are texts in the seller's time zone.
written AS (
  SELECT
    coalesce(json_extract(line, '$.Item'), json_extract(line, '$.NewImage')) AS item,
    coalesce(
      json_extract_scalar(line, '$.Metadata.WriteTimestampMicros.N'), json_extract_scalar(line, '$.Metadata.WriteTimestampMicros')
    ) AS written_at
  FROM order_export
),
-- Several exports may have an order: its highest version is the newest. An erasure of personal data keeps the version.
newest AS (
  SELECT item
  FROM (
    SELECT item, row_number() OVER (
        PARTITION BY json_extract_scalar(item, '$.orderKey.S')
        ORDER BY CAST(json_extract_scalar(item, '$.version.N') AS bigint) DESC, written_at DESC NULLS LAST
      ) AS age
    FROM written WHERE item IS NOT NULL
  )
  WHERE age = 1
),
orders AS (
  SELECT
    item,
    json_extract_scalar(item, '$.orderId.S') AS order_id,
    json_extract_scalar(item, '$.customerId.S') AS customer_id,
    json_extract_scalar(item, '$.channel.S') AS channel,
    json_extract_scalar(item, '$.currency.S') AS currency,
    json_extract_scalar(item, '$.status.S') AS status,
    json_extract_scalar(item, '$.placedAt.S') AS placed_at,
    date_format(
      at_timezone(from_iso8601_timestamp(json_extract_scalar(item, '$.placedAt.S')), time_zone), '%Y-%m-%d %H:00'
    ) AS hour,
    json_extract_scalar(item, '$.invoice.M.issuedAt.S') AS invoiced_at,
    -- An imported order has its invoice in the other system.
    json_extract_scalar(item, '$.invoice.M.issuedAt.S') IS NOT NULL OR (
      json_extract_scalar(item, '$.source.S') = 'import'
      AND json_extract_scalar(item, '$.status.S') NOT IN ('AWAITING_APPROVAL', 'REJECTED', 'CANCELLED')
    ) AS is_sold,
    coalesce(CAST(json_extract_scalar(item, '$.discount.N') AS bigint), 0) AS discount,
    coalesce(CAST(json_extract_scalar(item, '$.shipping.N') AS bigint), 0) AS shipping,
    coalesce(CAST(json_extract_scalar(item, '$.tax.N') AS bigint), 0) AS tax,
    CAST(json_extract_scalar(item, '$.total.N') AS bigint) AS total
  FROM newest CROSS JOIN report_period
),
changes AS (
  SELECT
    order_id,
    json_extract_scalar(entry, '$.M.event.S') AS event,
    json_extract_scalar(entry, '$.M.status.S') AS imported_status,
    json_extract_scalar(entry, '$.M.at.S') AS changed_at,
    json_extract_scalar(entry, '$.M.by.S') AS caller,
    json_extract_scalar(entry, '$.M.reason.S') AS reason,
    CAST(json_extract_scalar(entry, '$.M.version.N') AS bigint) AS version
  FROM orders CROSS JOIN UNNEST(CAST(json_extract(item, '$.history.L') AS json ARRAY)) AS entries(entry)
),
refunds AS (
  SELECT
    credited.order_id, currency, note_position, invoiced_at,
    json_extract_scalar(note, '$.M.issuedAt.S') AS issued_at,
    CASE WHEN returned IS NOT NULL THEN 'return' WHEN status = 'CANCELLED' THEN 'cancellation' ELSE 'cancelled rest' END AS kind,
    coalesce(json_extract_scalar(returned, '$.M.reason.S'), cancellations.reason, '') AS reason,
    coalesce(
      json_extract(returned, '$.M.items.L'), json_extract(item, '$.cancelledItems.L'), json_extract(item, '$.lineItems.L')
    ) AS items,
    coalesce(CAST(json_extract_scalar(note, '$.M.tax.N') AS bigint), 0) AS tax,
    CAST(json_extract_scalar(note, '$.M.total.N') AS bigint) AS total
  FROM (
    SELECT
      order_id, currency, status, invoiced_at, item, note, note_position,
      -- Return ids count from 1.
      json_extract(item, '$.returns.L[' || CAST(CAST(json_extract_scalar(note, '$.M.returnId.S') AS bigint) - 1 AS varchar) || ']') AS returned
    FROM orders CROSS JOIN UNNEST(CAST(json_extract(item, '$.creditNotes.L') AS json ARRAY)) WITH ORDINALITY AS notes(note, note_position)
  ) AS credited
  LEFT JOIN changes AS cancellations
    ON cancellations.order_id = credited.order_id AND cancellations.event IN ('cancelled', 'rest_cancelled')
),
-- The orders that were placed in the period.
sales AS (
  SELECT
    orders.order_id, customer_id, channel, currency, hour, substr(hour, 1, 10) AS day, discount, total,
    CASE WHEN invoiced_at IS NOT NULL THEN total ELSE 0 END AS invoiced,
    CASE WHEN invoiced_at IS NOT NULL THEN coalesce(credited, 0) ELSE 0 END AS credited,
    CASE WHEN invoiced_at IS NULL AND is_sold THEN total - coalesce(credited, 0) ELSE 0 END AS imported
  FROM orders
  CROSS JOIN report_period
  LEFT JOIN (SELECT order_id, sum(total) AS credited FROM refunds GROUP BY order_id) AS credits
    ON credits.order_id = orders.order_id
  WHERE placed_at >= starts_at AND placed_at < ends_at
),
-- The pieces of each line in each credit note, and those in it and the credit notes before.
credited_lines AS (
  SELECT
    order_id, note_position, line_number, sum(part_pieces) AS quantity,
    sum(sum(part_pieces)) OVER (PARTITION BY order_id, line_number ORDER BY note_position) AS pieces
  FROM (
    SELECT
      order_id, note_position,
      CAST(json_extract_scalar(part, '$.M.lineNumber.N') AS bigint) AS line_number,
      CAST(json_extract_scalar(part, '$.M.quantity.N') AS bigint) AS part_pieces
    FROM refunds CROSS JOIN UNNEST(CAST(items AS json ARRAY)) AS parts(part)
  )
  GROUP BY order_id, note_position, line_number
),
lines AS (
  SELECT order_lines.*, quantity * unit_price AS amount
  FROM (
    SELECT
      order_id, currency, placed_at, invoiced_at, is_sold, discount AS order_discount,
      CAST(json_extract_scalar(line, '$.M.lineNumber.N') AS bigint) AS line_number,
      json_extract_scalar(line, '$.M.sku.S') AS sku,
      json_extract_scalar(line, '$.M.name.S') AS name,
      CAST(json_extract_scalar(line, '$.M.quantity.N') AS bigint) AS quantity,
      CAST(json_extract_scalar(line, '$.M.unitPrice.N') AS bigint) AS unit_price,
      CAST(json_extract_scalar(line, '$.M.tax.N') AS bigint) AS tax
    FROM orders CROSS JOIN UNNEST(CAST(json_extract(item, '$.lineItems.L') AS json ARRAY)) AS items(line)
  ) AS order_lines
),
-- The lines of sold orders that were placed in the period, each with the pieces that were credited.
sold_lines AS (
  SELECT lines.*, coalesce(credited_quantity, 0) AS credited_quantity
  FROM lines
  CROSS JOIN report_period
  LEFT JOIN (
    SELECT order_id, line_number, sum(quantity) AS credited_quantity FROM credited_lines GROUP BY order_id, line_number
  ) AS credits ON credits.order_id = lines.order_id AND credits.line_number = lines.line_number
  WHERE is_sold AND placed_at >= starts_at AND placed_at < ends_at
),
shipments AS (
  SELECT
    order_id, status,
    json_extract_scalar(shipment, '$.M.carrier.S') AS carrier,
    json_extract_scalar(shipment, '$.M.shippedAt.S') AS shipped_at,
    json_extract_scalar(shipment, '$.M.deliveredAt.S') AS delivered_at
  FROM orders CROSS JOIN UNNEST(CAST(json_extract(item, '$.shipments.L') AS json ARRAY)) AS parcels(shipment)
),
-- How long after its placement an order was decided, first shipped and completely delivered.
durations AS (
  SELECT
    orders.order_id, channel, step, placed_at,
    date_diff('millisecond', from_iso8601_timestamp(placed_at), from_iso8601_timestamp(reached_at)) AS ms
  FROM orders
  JOIN (
    SELECT order_id, 'decided' AS step, min(changed_at) AS reached_at
    FROM changes WHERE event IN ('confirmed', 'rejected') GROUP BY order_id
    UNION ALL
    SELECT order_id, 'shipped' AS step, min(shipped_at) AS reached_at FROM shipments GROUP BY order_id
    UNION ALL
    SELECT order_id, 'delivered' AS step, max(delivered_at) AS reached_at
    FROM shipments WHERE status = 'DELIVERED' GROUP BY order_id
  ) AS steps ON steps.order_id = orders.order_id
),
-- The orders that waited for an operator's approval. The change after it is the decision.
approvals AS (
  SELECT
    orders.order_id, currency, total, placed_at,
    CASE next_event WHEN 'confirmed' THEN 'approved' ELSE coalesce(next_event, 'waiting') END AS outcome,
    coalesce(next_caller, '') AS decided_by,
    date_diff('millisecond', from_iso8601_timestamp(placed_at), from_iso8601_timestamp(next_at)) AS ms
  FROM orders
  JOIN (
    SELECT
      order_id, event, imported_status,
      lead(event) OVER (PARTITION BY order_id ORDER BY version) AS next_event,
      lead(caller) OVER (PARTITION BY order_id ORDER BY version) AS next_caller,
      lead(changed_at) OVER (PARTITION BY order_id ORDER BY version) AS next_at
    FROM changes
  ) AS waits ON waits.order_id = orders.order_id
  WHERE (event = 'awaiting_approval' OR imported_status = 'AWAITING_APPROVAL') AND coalesce(next_event, '') <> 'imported'
),
-- The lines of orders whose lines state their tax, each with its share of the discount: rounded down, and what is left goes, one
-- each, to the largest remainders. See libs/orders/src/credit-note.ts.
taxed_lines AS (
  SELECT
    order_id, line_number, quantity, unit_price, amount, tax, invoiced_at,
    share + CASE
      WHEN row_number() OVER (PARTITION BY order_id ORDER BY remainder DESC, line_number)
        <= spread_discount - sum(share) OVER (PARTITION BY order_id) THEN 1
      ELSE 0
    END AS discount
  FROM (
    SELECT
      *,
      coalesce(CAST((product - product % goods) / goods AS bigint), 0) AS share,
      coalesce(product % goods, 0) AS remainder
    FROM (
      SELECT
        *,
        nullif(CAST(sum(amount) OVER (PARTITION BY order_id) AS double), 0) AS goods,
        least(order_discount, sum(amount) OVER (PARTITION BY order_id)) AS spread_discount,
        CAST(least(order_discount, sum(amount) OVER (PARTITION BY order_id)) AS double) * amount AS product,
        count(tax) OVER (PARTITION BY order_id) = count(*) OVER (PARTITION BY order_id) AS is_stated
      FROM lines
    )
    WHERE is_stated AND invoiced_at IS NOT NULL
  )
),
-- The same lines in each credit note: the rounded share of all pieces credited so far, minus that of the pieces before.
credited_taxed_lines AS (
  SELECT
    order_id, note_position, amount, line_net, line_tax,
    discount - coalesce(lag(discount) OVER (PARTITION BY order_id, line_number ORDER BY note_position), 0) AS discount,
    tax - coalesce(lag(tax) OVER (PARTITION BY order_id, line_number ORDER BY note_position), 0) AS tax
  FROM (
    SELECT
      credited.order_id, note_position, credited.line_number,
      credited.quantity * unit_price AS amount,
      amount - discount AS line_net,
      tax AS line_tax,
      CAST(floor((2e0 * discount * pieces + line.quantity) / (2 * line.quantity)) AS bigint) AS discount,
      CAST(floor((2e0 * tax * pieces + line.quantity) / (2 * line.quantity)) AS bigint) AS tax
    FROM credited_lines AS credited
    JOIN taxed_lines AS line ON line.order_id = credited.order_id AND line.line_number = credited.line_number
  )
),
-- The invoice of an order, at position 0, and its credit notes.
documents AS (
  SELECT order_id, currency, 0 AS note_position, invoiced_at AS issued_at, total - tax AS net, tax
  FROM orders WHERE invoiced_at IS NOT NULL
  UNION ALL
  SELECT order_id, currency, note_position, issued_at, total - tax AS net, tax
  FROM refunds WHERE invoiced_at IS NOT NULL
),
-- The parts of each document by their rate: lines that state their tax, and the rest. rate_net and rate_tax are those on the invoice.
taxed_parts AS (
  SELECT order_id, 0 AS note_position, amount - discount AS net, tax, amount - discount AS rate_net, tax AS rate_tax
  FROM taxed_lines
  UNION ALL
  SELECT order_id, note_position, amount - discount AS net, tax, line_net AS rate_net, line_tax AS rate_tax
  FROM credited_taxed_lines
),
vat AS (
  SELECT
    order_id, currency, issued_at, date_format(at_timezone(from_iso8601_timestamp(issued_at), time_zone), '%Y-%m') AS month,
    CASE WHEN note_position = 0 THEN 'invoices' ELSE 'credit notes' END AS kind,
    CASE WHEN note_position = 0 THEN net ELSE -net END AS net,
    CASE WHEN note_position = 0 THEN tax ELSE -tax END AS tax,
    CASE
      WHEN rate_tax = 0 THEN '0'
      WHEN abs(rate_net * round(1e2 * rate_tax / nullif(rate_net, 0)) - 1e2 * rate_tax) <= 1e2
        THEN CAST(CAST(round(1e2 * rate_tax / rate_net) AS bigint) AS varchar)
      WHEN abs(rate_net * round(1e3 * rate_tax / nullif(rate_net, 0)) - 1e3 * rate_tax) <= 1e3
        THEN CAST(CAST(round(1e3 * rate_tax / rate_net) / 10 AS decimal(38, 1)) AS varchar)
      ELSE 'mixed'
    END AS rate_percent
  FROM (
    SELECT documents.order_id, currency, issued_at, documents.note_position, parts.net, parts.tax, rate_net, rate_tax
    FROM documents
    JOIN taxed_parts AS parts ON parts.order_id = documents.order_id AND parts.note_position = documents.note_position
    UNION ALL
    SELECT
      order_id, currency, issued_at, note_position, net, tax,
      first_value(net) OVER (PARTITION BY order_id ORDER BY note_position) AS rate_net,
      first_value(tax) OVER (PARTITION BY order_id ORDER BY note_position) AS rate_tax
    FROM (
      SELECT
        documents.order_id, currency, issued_at, documents.note_position,
        net - coalesce(lines_net, 0) AS net, tax - coalesce(lines_tax, 0) AS tax
      FROM documents
      LEFT JOIN (
        SELECT order_id, note_position, sum(net) AS lines_net, sum(tax) AS lines_tax FROM taxed_parts GROUP BY order_id, note_position
      ) AS sums ON sums.order_id = documents.order_id AND sums.note_position = documents.note_position
    )
  )
  CROSS JOIN report_period
  WHERE net <> 0 OR tax <> 0
)
