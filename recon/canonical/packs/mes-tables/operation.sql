/* ---
canonical: operation
key: [order_no, operation_no]
reads:
  operation: [order_no, operation_no]
--- */
-- A status that is none of the declared ones may well mean complete: such an operation cannot be judged, and is not taken for open.
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('status', coalesce(status, ''), ['waiting', 'running', 'complete', 'cancelled']),
                        negative_value('planned_quantity', planned_quantity), negative_value('yield_quantity', yield_quantity),
                        negative_value('scrap_quantity', scrap_quantity), negative_value('rework_quantity', rework_quantity),
                        unclear_flag('milestone', milestone), unclear_flag('mes_only', mes_only), unclear_flag('rework', rework),
                        unclear_flag('inspection_required', inspection_required)), '') AS problems,
       ambiguous,
       order_no, sequence_no, operation_no, text, resource, control_key, status, planned_quantity, yield_quantity, scrap_quantity,
       rework_quantity, unit, started_at, completed_at,
       CASE WHEN lower(status) IN ('waiting', 'running', 'complete', 'cancelled') THEN lower(status) = 'complete' END AS finally_confirmed,
       as_flag(milestone) AS milestone,
       as_mark(mes_only) AS mes_only,
       as_mark(rework) AS rework,
       as_flag(inspection_required) AS inspection_required,
       lower(status) = 'cancelled' AS deletion_flag
FROM raw.operation
