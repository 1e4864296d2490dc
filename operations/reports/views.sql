-- The views of the reports, in the SQL that Athena (Trino) and DuckDB share. order_export has the lines of DynamoDB's exports, and
-- report_period the period and the seller's time zone. Money is integer minor units of the order's currency. Names that end with
-- _at are instants, ISO 8601 texts in UTC; hours, days and months are texts in the seller's time zone.
-- Athena reads all files again for each place that names order_export, directly or through a view. So no view joins two others: what
-- belongs together stays in one row, or is found in the rows of the same order.
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
    CAST(json_extract_scalar(item, '$.total.N') AS bigint) AS total,
    coalesce(CAST(json_extract(item, '$.lineItems.L') AS json ARRAY), ARRAY[]) AS line_items,
    coalesce(CAST(json_extract(item, '$.history.L') AS json ARRAY), ARRAY[]) AS history,
    coalesce(CAST(json_extract(item, '$.shipments.L') AS json ARRAY), ARRAY[]) AS parcels,
    coalesce(CAST(json_extract(item, '$.creditNotes.L') AS json ARRAY), ARRAY[]) AS credit_notes
  FROM newest CROSS JOIN report_period
),
changes AS (
  SELECT
    order_id, currency, total, placed_at,
    json_extract_scalar(entry, '$.M.event.S') AS event,
    json_extract_scalar(entry, '$.M.status.S') AS imported_status,
    json_extract_scalar(entry, '$.M.at.S') AS changed_at,
    json_extract_scalar(entry, '$.M.by.S') AS caller,
    json_extract_scalar(entry, '$.M.reason.S') AS reason,
    CAST(json_extract_scalar(entry, '$.M.version.N') AS bigint) AS version
  FROM orders CROSS JOIN UNNEST(history) AS entries(entry)
),
shipments AS (
  SELECT
    order_id, status,
    json_extract_scalar(parcel, '$.M.carrier.S') AS carrier,
    json_extract_scalar(parcel, '$.M.shippedAt.S') AS shipped_at,
    json_extract_scalar(parcel, '$.M.deliveredAt.S') AS delivered_at
  FROM orders CROSS JOIN UNNEST(parcels) AS shipped(parcel)
),
-- The credit notes. Their reason is that of the return, or of the cancellation in the history.
refunds AS (
  SELECT
    order_id, currency, invoiced_at, issued_at,
    CASE WHEN return_id IS NOT NULL THEN 'return' WHEN status = 'CANCELLED' THEN 'cancellation' ELSE 'cancelled rest' END AS kind,
    coalesce(CASE WHEN return_id IS NOT NULL THEN return_reason ELSE cancellation_reason END, '') AS reason,
    tax, total
  FROM (
    SELECT
      order_id, currency, status, invoiced_at,
      json_extract_scalar(part, '$.M.issuedAt.S') AS issued_at,
      json_extract_scalar(part, '$.M.returnId.S') AS return_id,
      -- Return ids count from 1.
      json_extract_scalar(
        item, '$.returns.L[' || CAST(CAST(json_extract_scalar(part, '$.M.returnId.S') AS bigint) - 1 AS varchar) || '].M.reason.S'
      ) AS return_reason,
      max(
        CASE
          WHEN json_extract_scalar(part, '$.M.event.S') IN ('cancelled', 'rest_cancelled') THEN json_extract_scalar(part, '$.M.reason.S')
        END
      ) OVER (PARTITION BY order_id) AS cancellation_reason,
      coalesce(CAST(json_extract_scalar(part, '$.M.tax.N') AS bigint), 0) AS tax,
      CAST(json_extract_scalar(part, '$.M.total.N') AS bigint) AS total
    FROM orders CROSS JOIN UNNEST(credit_notes || history) AS parts(part)
  )
  WHERE issued_at IS NOT NULL
),
-- The orders that were placed in the period.
sales AS (
  SELECT
    order_id, customer_id, channel, currency, hour, substr(hour, 1, 10) AS day, discount, total,
    CASE WHEN invoiced_at IS NOT NULL THEN total ELSE 0 END AS invoiced,
    CASE WHEN invoiced_at IS NOT NULL THEN all_credited ELSE 0 END AS credited,
    CASE WHEN invoiced_at IS NULL AND is_sold THEN total - all_credited ELSE 0 END AS imported
  FROM (
    SELECT
      order_id, customer_id, channel, currency, hour, discount, total, invoiced_at, is_sold,
      coalesce(sum(CAST(json_extract_scalar(note, '$.M.total.N') AS bigint)), 0) AS all_credited
    FROM orders CROSS JOIN report_period LEFT JOIN UNNEST(credit_notes) AS notes(note) ON TRUE
    WHERE placed_at >= starts_at AND placed_at < ends_at
    GROUP BY order_id, customer_id, channel, currency, hour, discount, total, invoiced_at, is_sold
  )
),
-- How long after its placement an order was decided, first shipped and completely delivered.
durations AS (
  SELECT
    order_id, channel, step, placed_at,
    date_diff('millisecond', from_iso8601_timestamp(placed_at), from_iso8601_timestamp(reached_at)) AS ms
  FROM (
    SELECT
      order_id, channel, placed_at, step,
      CASE
        WHEN step = 'decided' THEN min(
          CASE WHEN json_extract_scalar(part, '$.M.event.S') IN ('confirmed', 'rejected') THEN json_extract_scalar(part, '$.M.at.S') END
        )
        WHEN step = 'shipped' THEN min(json_extract_scalar(part, '$.M.shippedAt.S'))
        WHEN status = 'DELIVERED' THEN max(json_extract_scalar(part, '$.M.deliveredAt.S'))
      END AS reached_at
    FROM orders
    CROSS JOIN UNNEST(history || parcels) AS parts(part)
    CROSS JOIN UNNEST(ARRAY['decided', 'shipped', 'delivered']) AS steps(step)
    GROUP BY order_id, channel, placed_at, status, step
  )
  WHERE reached_at IS NOT NULL
),
-- The orders that waited for an operator's approval. The change after it is the decision.
approvals AS (
  SELECT
    order_id, currency, total, placed_at,
    CASE next_event WHEN 'confirmed' THEN 'approved' ELSE coalesce(next_event, 'waiting') END AS outcome,
    coalesce(next_caller, '') AS decided_by,
    date_diff('millisecond', from_iso8601_timestamp(placed_at), from_iso8601_timestamp(next_at)) AS ms
  FROM (
    SELECT
      *,
      lead(event) OVER (PARTITION BY order_id ORDER BY version) AS next_event,
      lead(caller) OVER (PARTITION BY order_id ORDER BY version) AS next_caller,
      lead(changed_at) OVER (PARTITION BY order_id ORDER BY version) AS next_at
    FROM changes
  )
  WHERE (event = 'awaiting_approval' OR imported_status = 'AWAITING_APPROVAL') AND coalesce(next_event, '') <> 'imported'
),
order_lines AS (
  SELECT
    item, order_id, currency, placed_at, invoiced_at, is_sold, credit_notes,
    discount AS order_discount, tax AS order_tax, total AS order_total,
    CAST(json_extract_scalar(line_item, '$.M.lineNumber.N') AS bigint) AS line_number,
    json_extract_scalar(line_item, '$.M.sku.S') AS sku,
    json_extract_scalar(line_item, '$.M.name.S') AS name,
    CAST(json_extract_scalar(line_item, '$.M.quantity.N') AS bigint) AS quantity,
    CAST(json_extract_scalar(line_item, '$.M.unitPrice.N') AS bigint) AS unit_price,
    CAST(json_extract_scalar(line_item, '$.M.tax.N') AS bigint) AS tax
  FROM orders CROSS JOIN UNNEST(line_items) AS items(line_item)
),
priced_lines AS (
  SELECT
    *,
    quantity * unit_price AS amount,
    sum(quantity * unit_price) OVER (PARTITION BY order_id) AS goods,
    count(tax) OVER (PARTITION BY order_id) = count(*) OVER (PARTITION BY order_id) AS is_tax_stated
  FROM order_lines
),
-- Each line with its share of the order's discount: rounded down, and what is left goes, one each, to the largest remainders. See
-- libs/orders/src/credit-note.ts. A product can exceed a bigint.
lines AS (
  SELECT
    *,
    share + CASE
      WHEN row_number() OVER (PARTITION BY order_id ORDER BY product % nullif(goods, 0) DESC, line_number)
        <= least(order_discount, goods) - sum(share) OVER (PARTITION BY order_id) THEN 1
      ELSE 0
    END AS discount
  FROM (
    SELECT *, coalesce(CAST((product - product % nullif(goods, 0)) / nullif(goods, 0) AS bigint), 0) AS share
    FROM (SELECT *, CAST(least(order_discount, goods) AS decimal(38, 0)) * amount AS product FROM priced_lines)
  )
),
-- The lines of each document of an order. Document 1 is the invoice, which an imported order has in the other system; the next ones are
-- the credit notes.
document_lines AS (
  SELECT
    lines.*, document_number,
    CASE WHEN document_number = 1 THEN invoiced_at ELSE json_extract_scalar(note, '$.M.issuedAt.S') END AS issued_at,
    CASE
      WHEN document_number = 1 THEN order_tax ELSE coalesce(CAST(json_extract_scalar(note, '$.M.tax.N') AS bigint), 0)
    END AS document_tax,
    CASE WHEN document_number = 1 THEN order_total ELSE CAST(json_extract_scalar(note, '$.M.total.N') AS bigint) END AS document_total,
    CASE WHEN document_number = 1 THEN quantity ELSE CAST(json_extract_scalar(part, '$.M.quantity.N') AS bigint) END AS pieces
  FROM lines
  CROSS JOIN UNNEST(ARRAY[CAST(NULL AS json)] || credit_notes) WITH ORDINALITY AS documents(note, document_number)
  LEFT JOIN UNNEST(
    CAST(
      CASE
        WHEN document_number > 1 THEN coalesce(
          json_extract(
            item, '$.returns.L[' || CAST(CAST(json_extract_scalar(note, '$.M.returnId.S') AS bigint) - 1 AS varchar) || '].M.items.L'
          ),
          json_extract(item, '$.cancelledItems.L'),
          json_extract(item, '$.lineItems.L')
        )
      END AS json ARRAY
    )
  ) AS parts(part) ON TRUE
  WHERE document_number = 1 OR CAST(json_extract_scalar(part, '$.M.lineNumber.N') AS bigint) = line_number
),
-- The lines of sold orders that were placed in the period, in the order and in credit notes.
sold_lines AS (
  SELECT
    order_id, sku, currency, name, unit_price,
    CASE WHEN document_number = 1 THEN pieces ELSE 0 END AS ordered_pieces,
    CASE WHEN document_number > 1 THEN pieces ELSE 0 END AS credited_pieces
  FROM document_lines CROSS JOIN report_period
  WHERE is_sold AND placed_at >= starts_at AND placed_at < ends_at
),
-- The net amount and the tax of each line in each document, if all lines of the order state their tax. Of the line's discount and tax,
-- a credit note has the rounded share of all pieces credited so far, minus that of the pieces before; the invoice has all.
taxed_lines AS (
  SELECT
    *,
    CASE
      WHEN is_tax_stated THEN pieces * unit_price
        - CAST(round(discount * pieces_so_far / quantity) - round(discount * (pieces_so_far - pieces) / quantity) AS bigint)
      ELSE 0
    END AS line_net,
    CASE
      WHEN is_tax_stated
        THEN CAST(round(tax * pieces_so_far / quantity) - round(tax * (pieces_so_far - pieces) / quantity) AS bigint)
      ELSE 0
    END AS line_tax
  FROM (
    SELECT
      *,
      CAST(
        sum(pieces) OVER (PARTITION BY order_id, line_number, document_number > 1 ORDER BY document_number) AS decimal(38, 0)
      ) AS pieces_so_far
    FROM document_lines WHERE invoiced_at IS NOT NULL
  )
),
-- The net amount and the tax of each document, by line and, without a line number, the rest.
taxed_parts AS (
  SELECT
    order_id, currency, document_number, issued_at, line_number,
    CASE WHEN grouping(line_number) = 0 THEN sum(line_net) ELSE max(document_total - document_tax) - sum(line_net) END AS net,
    CASE WHEN grouping(line_number) = 0 THEN sum(line_tax) ELSE max(document_tax) - sum(line_tax) END AS tax
  FROM taxed_lines
  GROUP BY GROUPING SETS (
    (order_id, currency, document_number, issued_at, line_number), (order_id, currency, document_number, issued_at)
  )
),
-- The rate is that of the same part of the invoice: the first of --rates that gives its tax to the minor unit, or else a whole one, or
-- one with a decimal.
vat AS (
  SELECT
    order_id, currency, issued_at, date_format(at_timezone(from_iso8601_timestamp(issued_at), time_zone), '%Y-%m') AS month,
    CASE WHEN document_number = 1 THEN 'invoices' ELSE 'credit notes' END AS kind,
    CASE WHEN document_number = 1 THEN net ELSE -net END AS net,
    CASE WHEN document_number = 1 THEN tax ELSE -tax END AS tax,
    CASE
      WHEN rate_tax = 0 THEN '0'
      -- RATES
      WHEN abs(rate_net * round(1e2 * rate_tax / nullif(rate_net, 0)) - 1e2 * rate_tax) <= 1e2
        THEN CAST(CAST(round(1e2 * rate_tax / rate_net) AS bigint) AS varchar)
      WHEN abs(rate_net * round(1e3 * rate_tax / nullif(rate_net, 0)) - 1e3 * rate_tax) <= 1e3
        THEN CAST(CAST(round(1e3 * rate_tax / rate_net) / 10 AS decimal(38, 1)) AS varchar)
      ELSE 'mixed'
    END AS rate_percent
  FROM (
    SELECT
      *,
      first_value(net) OVER (PARTITION BY order_id, line_number ORDER BY document_number) AS rate_net,
      first_value(tax) OVER (PARTITION BY order_id, line_number ORDER BY document_number) AS rate_tax
    FROM taxed_parts
  )
  CROSS JOIN report_period
  WHERE net <> 0 OR tax <> 0
)
