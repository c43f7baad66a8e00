/* ---
pairing: batch_elsewhere
title: Held batches, and the places outside their plant where they lie
key: [material, batch, place]
from: [pairing.quality_stop, sap.stock]
workflow: stock-restriction
settle: 1h
local: batch
params:
  lies_with_others: ["O", "V", "W"]
  restricted_use_suffices: true
evidence:
  - {table: sap.stock, match: {material: material, batch: batch}}
  - {table: qms.hold, match: {material: material, batch: batch}}
messages:
  - {workflows: [quality-hold, stock-restriction], match: {material: material, batch: batch}, only_explain: true}
  - {workflows: [quality-hold, stock-restriction], behind: qms.hold, match: {hold_id: hold_id}, only_explain: true}
--- */
-- place: the supplier or customer who has it, or the plant where it lies or from or to which it is on its way.
WITH held AS (
    SELECT h.system,
           h.plant,
           h.material,
           h.batch,
           count(*) FILTER (WHERE h.not_evaluated IS NULL) > 0 AS clear,
           min(h.reference) FILTER (WHERE h.not_evaluated IS NULL) AS hold_id,
           min(h.not_evaluated) AS not_evaluated,
           bool_and(h.moving) FILTER (WHERE h.not_evaluated IS NULL) AS moving,
           max(h.changed_at) AS changed_at
    FROM pairing.quality_stop h
    JOIN cut c ON c.system = h.system AND c.plant = h.plant
    WHERE h.side = 'hold' AND h.batch IS NOT NULL AND (h.scope = 'batch' OR h.not_evaluated IS NOT NULL) AND (h.until IS NULL OR h.until > c.cut)
    GROUP BY h.system, h.plant, h.material, h.batch
),
-- A hold of scope location that names the partner as its location, at the plant, covers what the partner has.
named AS (
    SELECT h.system, h.plant, h.material, h.batch, h.storage_location AS place
    FROM pairing.quality_stop h
    JOIN cut c ON c.system = h.system AND c.plant = h.plant
    WHERE h.scope = 'location' AND h.not_evaluated IS NULL AND (h.until IS NULL OR h.until > c.cut)
    GROUP BY h.system, h.plant, h.material, h.batch, h.storage_location
),
-- What may be used where it lies. In transit nothing is usable yet, and all of it will be on arrival.
kept AS (
    SELECT s.system,
           s.plant,
           s.partner_plant,
           s.material,
           s.batch,
           CASE
               WHEN s.special_stock = 'O' THEN 'subcontractor'
               WHEN list_contains(p.lies_with_others, s.special_stock) THEN 'customer'
               WHEN s.stock_type IN ('05', '06') THEN 'transit'
               ELSE 'plant'
           END AS kind,
           s.partner,
           s.quantity,
           s.unit,
           s.changed_at,
           s.moving,
           s.problems,
           s.ambiguous
    FROM sap.stock s
    JOIN (SELECT system, min(restricted_use_suffices) AS restricted_use_suffices, min(lies_with_others) AS lies_with_others FROM params GROUP BY system) p ON p.system = s.system
    WHERE s.stock_type IN ('01', '05', '06') OR (s.stock_type = '08' AND NOT p.restricted_use_suffices) OR s.stock_type IS NULL
),
-- Where each lies, seen from the plant whose hold it is.
lying AS (
    SELECT h.system, h.plant, k.material, k.batch, coalesce(k.partner, 'unknown') AS place, k.kind, k.quantity, k.unit, k.changed_at, k.moving, k.problems, k.ambiguous
    FROM kept k
    JOIN held h ON h.system = k.system AND h.plant = k.plant AND h.material = k.material AND h.batch = k.batch
    LEFT JOIN named n ON n.system = k.system AND n.plant = k.plant AND n.material = k.material AND n.batch = k.batch AND n.place = k.partner
    WHERE k.kind IN ('subcontractor', 'customer') AND n.place IS NULL
    UNION ALL
    SELECT h.system, h.plant, k.material, k.batch, coalesce(k.partner_plant, k.plant), k.kind, k.quantity, k.unit, k.changed_at, k.moving, k.problems, k.ambiguous
    FROM kept k
    JOIN held h ON h.system = k.system AND h.plant = k.plant AND h.material = k.material AND h.batch = k.batch
    WHERE k.kind = 'transit'
    UNION ALL
    -- At another plant, or on its way there: covered where that plant holds the batch as well.
    SELECT h.system, h.plant, k.material, k.batch, k.plant, k.kind, k.quantity, k.unit, k.changed_at, k.moving, k.problems, k.ambiguous
    FROM kept k
    JOIN held h ON h.system = k.system AND h.plant <> k.plant AND h.material = k.material AND h.batch = k.batch
    LEFT JOIN held o ON o.system = k.system AND o.plant = k.plant AND o.material = k.material AND o.batch = k.batch
    WHERE o.plant IS NULL
),
placed AS (
    SELECT system,
           plant,
           material,
           batch,
           place,
           min(kind) AS kind,
           sum(greatest(quantity, 0)) AS quantity,
           sum(greatest(quantity, 0)) FILTER (WHERE NOT moving) AS settled,
           min(unit) AS unit,
           max(changed_at) AS changed_at,
           CASE
               WHEN min(problems) IS NOT NULL THEN concat('unreadable: ', min(problems))
               WHEN bool_or(ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM lying
    GROUP BY system, plant, material, batch, place
)
-- A held batch that lies nowhere else is one row without a place.
SELECT h.system,
       h.plant,
       h.material,
       h.batch,
       p.place,
       greatest(p.changed_at, h.changed_at) AS changed_at,
       CASE WHEN p.place IS NOT NULL THEN coalesce(p.not_evaluated, CASE WHEN NOT h.clear THEN h.not_evaluated END) END AS not_evaluated,
       p.quantity,
       coalesce(p.settled, 0) AS settled,
       p.unit,
       p.kind AS sap_kind_of_place,
       s.reference AS qms_hold_id,
       s.reason AS qms_reason,
       s.owner AS qms_owner,
       s.since AS qms_held_since,
       coalesce(h.moving, false) AS hold_moving
FROM held h
LEFT JOIN placed p ON p.system = h.system AND p.plant = h.plant AND p.material = h.material AND p.batch = h.batch
LEFT JOIN pairing.quality_stop s
       ON s.side = 'hold' AND s.system = h.system AND s.plant = h.plant AND s.material = h.material AND s.batch = h.batch AND s.reference = h.hold_id
