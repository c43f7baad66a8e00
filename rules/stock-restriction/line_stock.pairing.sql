/* ---
pairing: line_stock
title: Batches at line-side locations, in SAP and in the MES
key: [material, batch, storage_location]
from: [sap.stock, mes.stock, mes.location, sap.movement, mes.movement, sap.material, sap.unit_conversion]
workflow: goods-movement
settle: 2h
local: material
evidence:
  - {table: sap.stock, match: {material: material, batch: batch, storage_location: storage_location}}
  - {table: mes.stock, match: {material: material, batch: batch, storage_location: storage_location}}
  - {table: sap.movement, match: {material: material, batch: batch}, where: "kind = 'consumption'"}
  - {table: mes.movement, match: {material: material, batch: batch, storage_location: storage_location}, where: "kind = 'consumption'"}
--- */
WITH line_side AS (
    SELECT system, plant, storage_location FROM mes.location
    WHERE line_side AND NOT coalesce(deletion_flag, false)
    GROUP BY system, plant, storage_location
),
-- A material that SAP does not keep in batches has none, whatever lot the MES names.
unbatched AS (
    SELECT cut.system, cut.plant, m.material
    FROM cut
    JOIN sap.material m ON m.system = cut.system AND (m.plant = cut.plant OR m.plant = '*')
    GROUP BY cut.system, cut.plant, m.material
    HAVING NOT bool_or(coalesce(m.batch_managed, true))
),
conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor, min(base_unit) AS base_unit,
           bool_or(nominal) AS nominal
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
row_of AS (
    SELECT 'stock' AS what, 'sap' AS side, s.system, s.plant, CAST(NULL AS VARCHAR) AS order_no, s.material, s.batch, s.storage_location, s.quantity, s.unit,
           CAST(NULL AS DECIMAL(18, 6)) AS catch_quantity, CAST(NULL AS VARCHAR) AS catch_unit, s.changed_at, s.moving, s.problems, s.ambiguous
    FROM sap.stock s
    JOIN line_side l ON l.system = s.system AND l.plant = s.plant AND l.storage_location = s.storage_location
    WHERE s.stock_type IN ('01', '02', '03', '07', '08') OR s.stock_type IS NULL
    UNION ALL
    SELECT 'stock', 'mes', s.system, s.plant, NULL, s.material, s.batch, s.storage_location, s.quantity, s.unit, NULL, NULL, s.changed_at, s.moving,
           s.problems, s.ambiguous
    FROM mes.stock s
    JOIN line_side l ON l.system = s.system AND l.plant = s.plant AND l.storage_location = s.storage_location
    UNION ALL
    -- What either side consumed since both of them began to keep it.
    SELECT 'use', 'mes', m.system, m.plant, m.order_no, m.material, m.batch, m.storage_location, m.quantity, m.unit, m.catch_quantity, m.catch_unit,
           m.changed_at, m.moving, m.problems, m.ambiguous
    FROM mes.movement m
    JOIN cut ON cut.system = m.system AND cut.plant = m.plant
    WHERE m.kind = 'consumption' AND (cut.complete_from IS NULL OR m.changed_at >= cut.complete_from)
    UNION ALL
    SELECT 'use', 'sap', m.system, m.plant, m.order_no, m.material, m.batch, m.storage_location, m.quantity, m.unit, m.catch_quantity, m.catch_unit,
           m.changed_at, m.moving, m.problems, m.ambiguous
    FROM sap.movement m
    JOIN cut ON cut.system = m.system AND cut.plant = m.plant
    WHERE m.kind = 'consumption' AND (cut.complete_from IS NULL OR m.changed_at >= cut.complete_from)
),
-- What an event weighed stands before what it counted, where no average is needed to bring it into the base unit.
stated AS (
    SELECT r.*,
           CASE WHEN w.unit IS NULL THEN r.quantity ELSE r.catch_quantity END AS amount,
           coalesce(w.unit, r.unit) AS amount_unit
    FROM row_of r
    LEFT JOIN conversion w
           ON w.system = r.system AND w.material = r.material AND w.unit = r.catch_unit AND r.catch_quantity IS NOT NULL
              AND (w.unit = w.base_unit OR NOT w.nominal)
),
measured AS (
    SELECT r.what,
           r.side,
           r.system,
           r.plant,
           r.order_no,
           r.material,
           CASE WHEN n.material IS NULL THEN r.batch END AS batch,
           r.storage_location,
           CASE WHEN abs(r.amount * u.factor) < 1000000000000 THEN CAST(r.amount * u.factor AS DECIMAL(18, 6)) END AS quantity,
           u.base_unit,
           r.changed_at,
           r.moving,
           CASE
               WHEN r.problems IS NOT NULL THEN concat('unreadable: ', r.problems)
               WHEN r.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN u.factor IS NULL THEN concat('no conversion from ', coalesce(r.amount_unit, 'no unit'), ' for ', r.material)
               WHEN u.nominal THEN concat('only an average converts ', r.amount_unit, ' to ', u.base_unit, ' for ', r.material)
               WHEN abs(r.amount * u.factor) >= 1000000000000 THEN concat('unreadable: ', r.amount, ' ', r.amount_unit, ' is more than a quantity can be')
           END AS not_evaluated
    FROM stated r
    LEFT JOIN conversion u ON u.system = r.system AND u.material = r.material AND u.unit = r.amount_unit
    LEFT JOIN unbatched n ON n.system = r.system AND n.plant = r.plant AND n.material = r.material
    WHERE r.material IS NOT NULL
),
-- Of each order: what the MES has consumed and SAP has not posted yet is gone from the line, and still in SAP's stock.
used AS (
    SELECT system,
           plant,
           order_no,
           material,
           batch,
           count(DISTINCT storage_location) FILTER (WHERE side = 'mes') AS locations,
           greatest(coalesce(sum(quantity) FILTER (WHERE side = 'mes'), 0) - coalesce(sum(quantity) FILTER (WHERE side = 'sap'), 0), 0) AS not_posted,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated
    FROM measured
    WHERE what = 'use'
    GROUP BY system, plant, order_no, material, batch
),
taken AS (
    SELECT system, plant, order_no, material, batch, storage_location
    FROM measured
    WHERE what = 'use' AND side = 'mes'
    GROUP BY system, plant, order_no, material, batch, storage_location
),
-- One order may take a batch from several locations: where it did, nobody knows at which of them SAP still has it.
owed AS (
    SELECT u.system,
           u.plant,
           u.material,
           u.batch,
           t.storage_location,
           sum(u.not_posted) AS not_posted,
           max(u.changed_at) AS changed_at,
           min(CASE
                   WHEN u.not_evaluated IS NOT NULL THEN u.not_evaluated
                   WHEN u.locations > 1 AND u.not_posted > 0 THEN 'ambiguous: an order took the batch from several locations, and SAP has not posted all of it'
               END) AS not_evaluated
    FROM used u
    JOIN taken t
      ON t.system = u.system AND t.plant = u.plant AND t.order_no IS NOT DISTINCT FROM u.order_no AND t.material = u.material AND t.batch IS NOT DISTINCT FROM u.batch
    GROUP BY u.system, u.plant, u.material, u.batch, t.storage_location
),
lying AS (
    SELECT system,
           plant,
           material,
           batch,
           storage_location,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap'), 0) AS sap_stock,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes'), 0) AS mes_stock,
           max(base_unit) AS unit,
           bool_or(moving) AS moving,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated
    FROM measured
    WHERE what = 'stock'
    GROUP BY system, plant, material, batch, storage_location
),
-- What was brought, used or taken away just now may have left no row of stock behind.
touched AS (
    SELECT system, plant, material, batch, storage_location, target_storage_location FROM sap.movement WHERE moving
    UNION ALL
    SELECT system, plant, material, batch, storage_location, target_storage_location FROM mes.movement WHERE moving
),
touched_place AS (
    SELECT t.system, t.plant, t.material, CASE WHEN n.material IS NULL THEN t.batch END AS batch, t.storage_location
    FROM (SELECT system, plant, material, batch, storage_location FROM touched
          UNION
          SELECT system, plant, material, batch, target_storage_location FROM touched) t
    LEFT JOIN unbatched n ON n.system = t.system AND n.plant = t.plant AND n.material = t.material
    WHERE t.storage_location IS NOT NULL
    GROUP BY t.system, t.plant, t.material, CASE WHEN n.material IS NULL THEN t.batch END, t.storage_location
)
SELECT k.system,
       k.plant,
       k.material,
       k.batch,
       k.storage_location,
       greatest(k.changed_at, o.changed_at) AS changed_at,
       coalesce(k.not_evaluated, o.not_evaluated) AS not_evaluated,
       k.sap_stock,
       coalesce(o.not_posted, 0) AS sap_not_posted,
       k.sap_stock - coalesce(o.not_posted, 0) AS sap_quantity,
       k.mes_stock AS mes_quantity,
       k.unit,
       k.moving OR t.material IS NOT NULL AS moving
FROM lying k
JOIN cut ON cut.system = k.system AND cut.plant = k.plant
LEFT JOIN owed o
       ON o.system = k.system AND o.plant = k.plant AND o.material = k.material AND o.batch IS NOT DISTINCT FROM k.batch AND o.storage_location = k.storage_location
LEFT JOIN touched_place t
       ON t.system = k.system AND t.plant = k.plant AND t.material = k.material AND t.batch IS NOT DISTINCT FROM k.batch AND t.storage_location = k.storage_location
