/* ---
canonical: inspection_lot
key: [lot]
reads:
  inspection_lot: [lot]
--- */
-- A decision that is none of the declared ones may well be a rejection: such a lot cannot be judged, and is not passed over.
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('decision', decision, ['accepted', 'conditional', 'rejected']), negative_value('quantity', quantity),
                        negative_value('sample_size', sample_size), unclear_flag('skipped', skipped), unclear_flag('results_complete', results_complete),
                        unclear_flag('cancelled', cancelled)), '') AS problems,
       ambiguous,
       lot, material, batch, order_no, quantity, unit,
       lower(decision) AS decision,
       decided_at,
       as_mark(cancelled) AS cancelled,
       inspection_type, origin, created_at, status, decision_code, decided_by, sample_size,
       as_mark(skipped) AS skipped,
       as_flag(results_complete) AS results_complete,
       inspection_plan, storage_location, supplier, delivery, case_no
FROM raw.inspection_lot
