/* ---
canonical: disposition
key: [disposition_id]
reads:
  disposition: [disposition_id]
--- */
-- A decision that is none of the declared ones may well be a rejection: such a row cannot be judged, and is not passed over.
SELECT plant,
       decided_at AS changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('decision', coalesce(decision, ''), ['accepted', 'conditional', 'rejected']),
                        unknown_code('kind', kind, ['disposition', 'assessment']), negative_value('quantity', quantity),
                        unclear_flag('final', final)), '') AS problems,
       ambiguous,
       disposition_id, material, batch, lot,
       lower(decision) AS decision,
       decided_by, decided_at,
       lower(kind) AS kind,
       code, quantity, unit, handling_unit, serial_no, hold_id, case_no, order_no,
       as_flag(final) AS final,
       supersedes
FROM raw.disposition
