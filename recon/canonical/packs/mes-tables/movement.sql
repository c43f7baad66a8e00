/* ---
canonical: movement
key: [event_id]
reads:
  movement: [event_id]
--- */
-- Quantities arrive positive; an event that takes another one back counts against it.
SELECT plant,
       recorded_at AS changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('stock_type', stock_type, ['01', '02', '03', '04', '05', '06', '07', '08']),
                        unknown_code('target_stock_type', target_stock_type, ['01', '02', '03', '04', '05', '06', '07', '08']),
                        unknown_code('purpose', purpose, ['rework', 'relabel', 'heel', 'blend']), missing_value('quantity', quantity, problems),
                        negative_value('quantity', quantity), negative_value('catch_quantity', catch_quantity)), '') AS problems,
       ambiguous,
       event_id,
       event_id AS movement_id,
       lower(kind) AS kind,
       order_no, material, batch, storage_location,
       CASE WHEN reverses_event_id IS NULL THEN quantity ELSE -quantity END AS quantity,
       unit,
       -- Nothing weighs nothing: of what was not weighed some write 0.
       nullif(CASE WHEN reverses_event_id IS NULL THEN catch_quantity ELSE -catch_quantity END, 0) AS catch_quantity,
       catch_unit,
       event_id AS reference,
       reverses_event_id AS reverses,
       occurred_at, operation_no, stock_type, bin, handling_unit, serial_no, target_material, target_batch, target_storage_location,
       target_stock_type, confirmation, posting_date, production_date,
       lower(purpose) AS purpose,
       reason, resource, case_no, entered_by
FROM raw.movement
