/* ---
pairing: batch_balance
title: What went into and came out of a batch, on either side
key: [side, material, batch]
from: [sap.movement, mes.movement, sap.batch, sap.material, sap.unit_conversion]
workflow: goods-movement
settle: 2h
local: material
evidence:
  - {table: sap.movement, match: {material: material, batch: batch}}
  - {table: mes.movement, match: {material: material, batch: batch}}
  - {table: sap.batch, match: {material: material, batch: batch}}
--- */
WITH moved AS (
    SELECT 'sap' AS side, m.* FROM sap.movement m
    UNION ALL
    SELECT 'mes', m.* FROM mes.movement m
),
-- What was taken back as a whole never happened.
taken_back AS (
    SELECT side, system, reverses, sum(quantity) AS quantity
    FROM moved
    WHERE reverses IS NOT NULL
    GROUP BY side, system, reverses
),
standing AS (
    SELECT m.*, CASE WHEN m.quantity > 0 AND t.reverses IS NULL THEN m.occurred_at END AS stood_at
    FROM moved m
    LEFT JOIN taken_back t ON t.side = m.side AND t.system = m.system AND t.reverses = m.movement_id AND t.quantity = -m.quantity
),
-- Each movement as what it adds to its batch: a transfer leaves one and reaches another, unless only its place or stock type changes.
leg AS (
    SELECT side, system, plant, material, batch, order_no, unit, catch_unit, changed_at, moving, problems, ambiguous, kind = 'consumption' AS consumed,
           kind IN ('output', 'by-product', 'receipt') OR (kind = 'other' AND quantity > 0) AS inward,
           CASE WHEN kind IN ('consumption', 'scrap', 'delivery') THEN -quantity ELSE quantity END AS quantity,
           CASE WHEN kind IN ('consumption', 'scrap', 'delivery') THEN -catch_quantity ELSE catch_quantity END AS catch_quantity,
           stood_at
    FROM standing
    WHERE kind <> 'transfer'
    UNION ALL
    SELECT side, system, plant, material, batch, CAST(NULL AS VARCHAR), unit, catch_unit, changed_at, moving, problems, ambiguous, false, false, -quantity,
           -catch_quantity, stood_at
    FROM standing
    WHERE kind = 'transfer' AND (coalesce(target_plant, plant) <> plant OR coalesce(target_material, material) <> material OR coalesce(target_batch, batch) <> batch)
    UNION ALL
    SELECT side, system, coalesce(target_plant, plant), coalesce(target_material, material), coalesce(target_batch, batch), CAST(NULL AS VARCHAR), unit,
           catch_unit, changed_at, moving, problems, ambiguous, false, true, quantity, catch_quantity, stood_at
    FROM standing
    WHERE kind = 'transfer' AND (coalesce(target_plant, plant) <> plant OR coalesce(target_material, material) <> material OR coalesce(target_batch, batch) <> batch)
),
-- Several sources of one system may hold the same material; its conversions count once, and where they differ none of them does.
conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor, min(base_unit) AS base_unit,
           bool_or(nominal) AS nominal
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
-- A material that SAP does not keep in batches has none, whatever lot the MES names.
unbatched AS (
    SELECT cut.system, cut.plant, m.material
    FROM cut
    JOIN sap.material m ON m.system = cut.system AND (m.plant = cut.plant OR m.plant = '*')
    GROUP BY cut.system, cut.plant, m.material
    HAVING NOT bool_or(coalesce(m.batch_managed, true))
),
-- What an event weighed stands before what it counted, where no average is needed to bring it into the base unit.
stated AS (
    SELECT l.*,
           CASE WHEN w.unit IS NULL THEN l.quantity ELSE l.catch_quantity END AS amount,
           coalesce(w.unit, l.unit) AS amount_unit
    FROM leg l
    LEFT JOIN conversion w
           ON w.system = l.system AND w.material = l.material AND w.unit = l.catch_unit AND l.catch_quantity IS NOT NULL
              AND (w.unit = w.base_unit OR NOT w.nominal)
),
measured AS (
    SELECT l.side,
           l.system,
           l.plant,
           l.material,
           l.batch,
           l.order_no,
           l.changed_at,
           l.moving,
           l.consumed,
           l.inward,
           l.stood_at,
           CASE WHEN abs(l.amount * u.factor) < 1000000000000 THEN CAST(l.amount * u.factor AS DECIMAL(18, 6)) END AS quantity,
           u.base_unit,
           CASE
               WHEN l.problems IS NOT NULL THEN concat('unreadable: ', l.problems)
               WHEN l.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN abs(l.amount * u.factor) >= 1000000000000 THEN concat('unreadable: ', l.amount, ' ', l.amount_unit, ' is more than a quantity can be')
               WHEN u.factor IS NULL THEN concat('no conversion from ', coalesce(l.amount_unit, 'no unit'), ' for ', l.material)
               WHEN u.nominal THEN concat('only an average converts ', l.amount_unit, ' to ', u.base_unit, ' for ', l.material)
           END AS not_evaluated
    FROM stated l
    LEFT JOIN conversion u ON u.system = l.system AND u.material = l.material AND u.unit = l.amount_unit
    LEFT JOIN unbatched n ON n.system = l.system AND n.plant = l.plant AND n.material = l.material
    WHERE l.batch IS NOT NULL AND l.material IS NOT NULL AND n.material IS NULL
),
balance AS (
    SELECT side,
           system,
           plant,
           material,
           batch,
           count(*) FILTER (WHERE inward) AS came_rows,
           coalesce(sum(quantity) FILTER (WHERE inward), 0) AS came,
           coalesce(sum(quantity) FILTER (WHERE inward AND NOT moving), 0) AS came_settled,
           coalesce(sum(quantity) FILTER (WHERE inward AND moving AND quantity > 0), 0) AS coming,
           coalesce(-sum(quantity) FILTER (WHERE NOT inward AND NOT moving), 0) AS left_settled,
           coalesce(sum(quantity) FILTER (WHERE NOT inward AND moving AND quantity > 0), 0) AS returning,
           coalesce(-sum(quantity) FILTER (WHERE consumed AND NOT moving), 0) AS consumed_settled,
           coalesce(-sum(quantity) FILTER (WHERE consumed AND moving AND quantity > 0), 0) AS consumed_leaving,
           CASE WHEN min(order_no) FILTER (WHERE consumed) = max(order_no) FILTER (WHERE consumed) THEN min(order_no) FILTER (WHERE consumed) END AS consuming_order,
           CASE WHEN min(order_no) FILTER (WHERE inward) = max(order_no) FILTER (WHERE inward) THEN min(order_no) FILTER (WHERE inward) END AS producing_order,
           min(stood_at) FILTER (WHERE inward) AS came_at,
           bool_and(moving) FILTER (WHERE inward) AS came_moving,
           max(base_unit) AS unit,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated,
           min(not_evaluated) FILTER (WHERE inward) AS came_not_evaluated
    FROM measured
    GROUP BY side, system, plant, material, batch
),
-- Where batches are numbered by material one record serves every plant.
recorded AS (
    SELECT cut.system, cut.plant, b.material, b.batch, least(min(b.produced_on), min(b.received_on)) AS first_day, min(b.changed_at) AS changed_at
    FROM cut
    JOIN sap.batch b ON b.system = cut.system AND (b.plant = cut.plant OR b.plant = '*')
    GROUP BY cut.system, cut.plant, b.material, b.batch
)
SELECT b.system,
       b.plant,
       b.side,
       b.material,
       b.batch,
       greatest(b.changed_at, s.changed_at) AS changed_at,
       coalesce(b.not_evaluated, s.came_not_evaluated) AS not_evaluated,
       -- What the batch was before the history begins is in none of its movements.
       coalesce(coalesce(CAST(r.first_day AS TIMESTAMP), r.changed_at) < cut.complete_from, false) AS before_history,
       b.came_rows,
       b.came_at,
       coalesce(b.came_moving, false) AS came_moving,
       -- A MES seldom books what is delivered: what it has no receipt or output of itself came in as SAP says.
       b.came + coalesce(s.came, 0) AS came,
       b.came_settled + coalesce(s.came_settled, 0) AS came_settled,
       b.coming + coalesce(s.coming, 0) AS coming,
       b.left_settled,
       b.returning,
       b.consumed_settled,
       b.consumed_settled + b.consumed_leaving AS consumed_low,
       b.consuming_order,
       coalesce(b.producing_order, other.producing_order) AS producing_order,
       b.unit
FROM balance b
JOIN cut ON cut.system = b.system AND cut.plant = b.plant
LEFT JOIN balance s
       ON s.system = b.system AND s.plant = b.plant AND s.material = b.material AND s.batch = b.batch AND b.side = 'mes' AND b.came_rows = 0 AND s.side = 'sap'
-- Which order made it may be known on the other side alone.
LEFT JOIN balance other
       ON other.system = b.system AND other.plant = b.plant AND other.material = b.material AND other.batch = b.batch AND other.side <> b.side
LEFT JOIN recorded r ON r.system = b.system AND r.plant = b.plant AND r.material = b.material AND r.batch = b.batch
