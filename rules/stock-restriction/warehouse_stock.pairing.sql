/* ---
pairing: warehouse_stock
title: Stock of a batch by stock type, in SAP and in the warehouse
key: [material, batch, stock_type]
from: [sap.stock, wms.stock, wms.location, sap.movement, sap.message, wms.message, sap.material, sap.unit_conversion]
workflow: warehouse-stock
settle: 1h
local: batch
params:
  stock_types: ["01", "02", "03", "07", "08"]
  restricted_use_told: true
  special_stock_told: true
  queue_hours: 24
  messages_that_add: ["101", "105", "131", "262", "501", "531", "561", "602", "632", "642", "653", "701", "703", "707"]
evidence:
  - {table: sap.stock, match: {material: material, batch: batch}}
  - {table: wms.stock, match: {material: material, batch: batch}}
  - {table: sap.message, match: {material: material, batch: batch}, where: "status = 'pending'"}
  - {table: wms.message, match: {material: material, batch: batch}, where: "status = 'pending'"}
messages:
  - {workflows: [warehouse-stock, goods-movement], match: {material: material, batch: batch}, only_explain: true}  # what waits is netted
--- */
-- Compared are the storage locations that the warehouse keeps. What is between two places (04 to 06) lies in none of its bins.
WITH place AS (
    SELECT system, plant, storage_location FROM wms.location WHERE NOT coalesce(deletion_flag, false)
    UNION
    SELECT system, plant, storage_location FROM wms.stock
),
-- A material that SAP does not keep in batches has none, whatever lot the warehouse names.
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
-- What waits in a queue between the two has happened in its sender and not in its receiver. Both may show the same entry, which counts once.
waiting AS (
    SELECT CASE WHEN direction = 'inbound' THEN 'sap' ELSE 'wms' END AS side, * FROM sap.message
    UNION ALL
    SELECT CASE WHEN direction = 'inbound' THEN 'wms' ELSE 'sap' END, * FROM wms.message
),
pending AS (
    SELECT m.side,
           m.system,
           m.plant,
           m.material,
           m.batch,
           m.movement_type,
           m.stock_type,
           m.target_stock_type,
           coalesce(m.reference, m.message_id) AS event,
           max(m.quantity) AS quantity,
           max(m.unit) AS unit,
           max(m.changed_at) AS changed_at
    FROM waiting m
    JOIN cut c ON c.system = m.system AND c.plant = m.plant
    JOIN params p ON p.system = m.system AND p.plant = m.plant
    LEFT JOIN place l ON l.system = m.system AND l.plant = m.plant AND l.storage_location = m.storage_location
    WHERE m.status = 'pending' AND m.direction IS NOT NULL AND m.quantity > 0 AND m.problems IS NULL AND NOT m.ambiguous
      AND (m.movement_type IS NOT NULL OR m.stock_type IS NOT NULL OR m.target_stock_type IS NOT NULL)
      AND (m.storage_location IS NULL OR l.storage_location IS NOT NULL)
      -- One that waits for longer than this is no traffic any more.
      AND coalesce(m.sent_at, m.changed_at) >= c.cut - p.queue_hours * INTERVAL '1' HOUR
    GROUP BY m.side, m.system, m.plant, m.material, m.batch, m.movement_type, m.stock_type, m.target_stock_type, coalesce(m.reference, m.message_id)
),
-- It takes from one stock type, adds to one, or does both.
awaited AS (
    SELECT e.side,
           e.system,
           e.plant,
           e.material,
           e.batch,
           coalesce(e.stock_type, '01') AS stock_type,
           CASE WHEN list_contains(p.messages_that_add, e.movement_type) THEN e.quantity ELSE -e.quantity END AS quantity,
           e.unit,
           e.changed_at
    FROM pending e
    JOIN params p ON p.system = e.system AND p.plant = e.plant
    WHERE e.stock_type IS NOT NULL OR e.target_stock_type IS NULL
    UNION ALL
    SELECT side, system, plant, material, batch, target_stock_type, quantity, unit, changed_at FROM pending WHERE target_stock_type IS NOT NULL
),
line AS (
    SELECT 'sap' AS side, s.system, s.plant, s.material, s.batch, s.stock_type, s.special_stock, s.quantity, CAST(0 AS DECIMAL(18, 6)) AS awaited, s.unit, s.changed_at,
           s.moving, s.problems, s.ambiguous
    FROM sap.stock s
    JOIN place l ON l.system = s.system AND l.plant = s.plant AND l.storage_location = s.storage_location
    UNION ALL
    SELECT 'wms', system, plant, material, batch, stock_type, special_stock, quantity, 0, unit, changed_at, moving, problems, ambiguous FROM wms.stock
    UNION ALL
    SELECT side, system, plant, material, batch, stock_type, NULL, 0, quantity, unit, changed_at, false, NULL, false FROM awaited
),
measured AS (
    SELECT i.side,
           i.system,
           i.plant,
           i.material,
           CASE WHEN n.material IS NULL THEN i.batch END AS batch,
           CASE WHEN i.stock_type = '08' AND NOT p.restricted_use_told THEN '01' ELSE i.stock_type END AS stock_type,
           CASE WHEN abs(i.quantity * u.factor) < 1000000000000 THEN CAST(i.quantity * u.factor AS DECIMAL(18, 6)) END AS quantity,
           CASE WHEN abs(i.awaited * u.factor) < 1000000000000 THEN CAST(i.awaited * u.factor AS DECIMAL(18, 6)) END AS awaited,
           u.base_unit,
           i.changed_at,
           i.moving,
           CASE
               WHEN i.problems IS NOT NULL THEN concat('unreadable: ', i.problems)
               WHEN i.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN u.factor IS NULL THEN concat('no conversion from ', coalesce(i.unit, 'no unit'), ' for ', i.material)
               WHEN u.nominal THEN concat('only an average converts ', i.unit, ' to ', u.base_unit, ' for ', i.material)
               WHEN abs(i.quantity * u.factor) >= 1000000000000 THEN concat('unreadable: ', i.quantity, ' ', i.unit, ' is more than a quantity can be')
           END AS not_evaluated
    FROM line i
    JOIN params p ON p.system = i.system AND p.plant = i.plant
    LEFT JOIN conversion u ON u.system = i.system AND u.material = i.material AND u.unit = i.unit
    LEFT JOIN unbatched n ON n.system = i.system AND n.plant = i.plant AND n.material = i.material
    WHERE (i.stock_type IS NULL OR list_contains(p.stock_types, i.stock_type)) AND (p.special_stock_told OR i.special_stock IS NULL)
),
-- A row whose stock type nobody knows may belong to any of the batch's.
unclear AS (
    SELECT system, plant, material, batch, min(not_evaluated) AS not_evaluated
    FROM measured
    WHERE stock_type IS NULL
    GROUP BY system, plant, material, batch
),
-- What SAP posted just now may have left no row behind.
posted AS (
    SELECT m.system, m.plant, m.material, CASE WHEN n.material IS NULL THEN m.batch END AS batch
    FROM sap.movement m
    LEFT JOIN place l ON l.system = m.system AND l.plant = m.plant AND l.storage_location = m.storage_location
    LEFT JOIN place t ON t.system = m.system AND t.plant = m.plant AND t.storage_location = m.target_storage_location
    LEFT JOIN unbatched n ON n.system = m.system AND n.plant = m.plant AND n.material = m.material
    WHERE m.moving AND (l.storage_location IS NOT NULL OR t.storage_location IS NOT NULL)
    GROUP BY m.system, m.plant, m.material, CASE WHEN n.material IS NULL THEN m.batch END
),
compared AS (
    SELECT system,
           plant,
           material,
           batch,
           stock_type,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap'), 0) AS sap_quantity,
           coalesce(sum(quantity) FILTER (WHERE side = 'wms'), 0) AS wms_quantity,
           coalesce(sum(awaited) FILTER (WHERE side = 'sap'), 0) AS sap_awaited,
           coalesce(sum(awaited) FILTER (WHERE side = 'wms'), 0) AS wms_awaited,
           max(base_unit) AS unit,
           max(changed_at) AS changed_at,
           bool_or(moving) AS moving,
           min(not_evaluated) AS not_evaluated
    FROM measured
    GROUP BY system, plant, material, batch, stock_type
),
whole AS (
    SELECT system,
           plant,
           material,
           batch,
           bool_or(moving) AS moving
    FROM compared
    GROUP BY system, plant, material, batch
)
SELECT c.system,
       c.plant,
       c.material,
       c.batch,
       c.stock_type,
       c.changed_at,
       coalesce(c.not_evaluated, x.not_evaluated) AS not_evaluated,
       c.sap_quantity,
       c.sap_awaited,
       c.wms_quantity,
       c.wms_awaited,
       c.unit,
       -- What changes its stock type may leave no row of the old one behind: whatever of the batch has just changed is moving.
       w.moving OR m.material IS NOT NULL AS moving
FROM compared c
JOIN whole w ON w.system = c.system AND w.plant = c.plant AND w.material = c.material AND w.batch IS NOT DISTINCT FROM c.batch
LEFT JOIN unclear x ON x.system = c.system AND x.plant = c.plant AND x.material = c.material AND x.batch IS NOT DISTINCT FROM c.batch
LEFT JOIN posted m ON m.system = c.system AND m.plant = c.plant AND m.material = c.material AND m.batch IS NOT DISTINCT FROM c.batch
