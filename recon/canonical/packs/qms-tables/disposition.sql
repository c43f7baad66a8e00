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
       nullif(concat_ws('; ', problems, CASE WHEN coalesce(lower(decision) NOT IN ('accepted', 'conditional', 'rejected'), true)
                                             THEN concat('decision "', decision, '" is unknown') END), '') AS problems,
       ambiguous,
       disposition_id,
       material,
       batch,
       lot,
       lower(decision) AS decision,
       decided_by,
       decided_at
FROM raw.disposition
