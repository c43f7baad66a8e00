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
       nullif(concat_ws('; ', problems, CASE WHEN quantity IS NULL AND problems IS NULL THEN 'no quantity' WHEN quantity < 0 THEN 'negative quantity' END), '') AS problems,
       ambiguous,
       event_id,
       event_id AS movement_id,
       lower(kind) AS kind,
       CAST(NULL AS VARCHAR) AS movement_type,
       order_no,
       material,
       batch,
       CAST(NULL AS VARCHAR) AS storage_location,
       CASE WHEN reverses_event_id IS NULL THEN quantity ELSE -quantity END AS quantity,
       unit,
       event_id AS reference,
       reverses_event_id AS reverses,
       occurred_at
FROM raw.movement
