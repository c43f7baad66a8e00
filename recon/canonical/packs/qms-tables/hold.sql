/* ---
canonical: hold
key: [hold_id]
reads:
  hold: [hold_id]
--- */
-- A scope that is none of the declared ones may well be the whole batch: such a hold cannot be judged, and is not passed over.
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('scope', scope, ['batch', 'container', 'serial', 'quantity', 'location']),
                        negative_value('quantity', quantity)), '') AS problems,
       ambiguous,
       hold_id, material, batch,
       coalesce(lower(scope), 'batch') AS scope,
       reason, owner, opened_at, closed_at, quantity, unit, handling_unit, serial_no, storage_location, bin, lot, order_no, case_no, reference,
       kind, opened_by, closed_by
FROM raw.hold
