/* ---
canonical: work_order
key: [order_no]
reads:
  work_order: [order_no]
--- */
-- A status that is none of the declared ones may well mean complete: such an order cannot be judged, and is not taken for open.
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, CASE WHEN coalesce(lower(status) NOT IN ('received', 'running', 'complete', 'cancelled'), true)
                                             THEN concat('status "', status, '" is unknown') END), '') AS problems,
       ambiguous,
       order_no,
       CAST(NULL AS VARCHAR) AS order_type,
       material,
       batch,
       planned_quantity,
       unit,
       produced_quantity,
       CAST(NULL AS DECIMAL(18, 6)) AS under_delivery_tolerance,
       CAST(NULL AS TIMESTAMP) AS scheduled_start,
       received_at AS released_at,
       started_at,
       completed_at,
       CAST(NULL AS BOOLEAN) AS finally_confirmed,
       CAST(NULL AS BOOLEAN) AS delivery_completed,
       CAST(NULL AS BOOLEAN) AS technically_complete,
       CASE WHEN lower(status) IN ('received', 'running', 'complete', 'cancelled') THEN lower(status) = 'complete' END AS closed,
       lower(status) = 'cancelled' AS cancelled
FROM raw.work_order
