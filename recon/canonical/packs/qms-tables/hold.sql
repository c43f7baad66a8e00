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
       nullif(concat_ws('; ', problems, CASE WHEN lower(scope) NOT IN ('batch', 'container', 'serial', 'quantity', 'location') THEN concat('scope "', scope, '" is unknown') END), '')
           AS problems,
       ambiguous,
       hold_id,
       material,
       batch,
       coalesce(lower(scope), 'batch') AS scope,
       reason,
       owner,
       opened_at,
       closed_at
FROM raw.hold
