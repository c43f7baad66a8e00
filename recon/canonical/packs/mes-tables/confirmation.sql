/* ---
canonical: confirmation
key: [confirmation_id]
reads:
  confirmation: [confirmation_id]
--- */
-- The report that takes another one back counts as cancelled too: neither of them stands.
SELECT plant,
       recorded_at AS changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, negative_value('yield_quantity', yield_quantity), negative_value('scrap_quantity', scrap_quantity),
                        negative_value('rework_quantity', rework_quantity), unclear_flag('final', final),
                        unclear_flag('cancelled', cancelled)), '') AS problems,
       ambiguous,
       confirmation_id,
       confirmation_id AS confirmation,
       order_no, operation_no, yield_quantity, scrap_quantity, unit,
       as_mark(final) AS final,
       CASE WHEN cancels_confirmation_id IS NOT NULL THEN true ELSE as_mark(cancelled) END AS cancelled,
       confirmation_id AS reference,
       sequence_no, rework_quantity,
       cancels_confirmation_id AS cancels,
       started_at, ended_at, posting_date, resource, reason, entered_by
FROM raw.confirmation
