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
       nullif(concat_ws('; ', problems, unknown_code('status', coalesce(status, ''), ['received', 'running', 'held', 'complete', 'cancelled']),
                        negative_value('planned_quantity', planned_quantity), negative_value('produced_quantity', produced_quantity),
                        negative_value('yield_quantity', yield_quantity), negative_value('scrap_quantity', scrap_quantity),
                        negative_value('rework_quantity', rework_quantity), unclear_flag('local', local), unclear_flag('rework', rework),
                        negative_value('open_containers', open_containers), negative_value('unsigned_steps', unsigned_steps)), '') AS problems,
       ambiguous,
       order_no, order_type, material, batch, planned_quantity, unit, produced_quantity, scheduled_start,
       received_at AS released_at,
       started_at, completed_at,
       CASE WHEN lower(status) IN ('received', 'running', 'held', 'complete', 'cancelled') THEN lower(status) = 'complete' END AS closed,
       lower(status) = 'cancelled' AS cancelled,
       status, scheduled_end, resource, production_version, bom, bom_alternative, routing, routing_alternative, revision, recipe, recipe_version,
       serial_profile, inspection_requirement, yield_quantity, scrap_quantity, rework_quantity,
       CASE WHEN lower(status) = 'complete' THEN completed_at END AS closed_at,
       lower(status) = 'held' AS locked,
       cancelled_at,
       as_mark(local) AS local,
       as_mark(rework) AS rework,
       case_no, open_containers, unsigned_steps
FROM raw.work_order
