/* ---
canonical: work_order
reads: [work_order]
--- */
SELECT plant,
       changed_at,
       row_ref,
       problems,
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
       status = 'complete' AS closed,
       status = 'cancelled' AS cancelled
FROM raw.work_order
