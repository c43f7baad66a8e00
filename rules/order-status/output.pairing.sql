/* ---
pairing: output
title: Output of a batch by an order
key: [order_no, material, batch]
from: [sap.movement, mes.movement, sap.work_order, sap.material, sap.unit_conversion]
workflow: goods-movement
settle: 2h
local: order_no
params:
  order_types: [PP01, PI01]
evidence:
  - {table: sap.movement, match: {order_no: order_no, material: material, batch: batch}, where: "kind = 'output'"}
  - {table: mes.movement, match: {order_no: order_no, material: material, batch: batch}, where: "kind = 'output'"}
messages:
  - {match: {order_no: order_no, material: material, batch: batch}}
  - {behind: mes.movement, match: {reference: reference}}
--- */
WITH booked AS (
    SELECT 'sap' AS side, system, plant, order_no, material, batch, quantity, unit, catch_quantity, catch_unit, changed_at, moving, problems, ambiguous
    FROM sap.movement
    WHERE kind = 'output'
    UNION ALL
    SELECT 'mes', system, plant, order_no, material, batch, quantity, unit, catch_quantity, catch_unit, changed_at, moving, problems, ambiguous
    FROM mes.movement
    WHERE kind = 'output'
),
-- Several sources of one system may hold the same material; its conversions count once, and where they differ none of them does.
conversion AS (
    SELECT system, material, unit, min(base_unit) AS base_unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor,
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
    SELECT b.*,
           CASE WHEN w.unit IS NULL THEN b.quantity ELSE b.catch_quantity END AS amount,
           coalesce(w.unit, b.unit) AS amount_unit
    FROM booked b
    LEFT JOIN conversion w
           ON w.system = b.system AND w.material = b.material AND w.unit = b.catch_unit AND b.catch_quantity IS NOT NULL
              AND (w.unit = w.base_unit OR NOT w.nominal)
),
measured AS (
    SELECT b.side,
           b.system,
           b.plant,
           b.order_no,
           b.material,
           CASE WHEN n.material IS NULL THEN b.batch END AS batch,
           CASE WHEN abs(b.amount * u.factor) < 1000000000000 THEN CAST(b.amount * u.factor AS DECIMAL(18, 6)) END AS quantity,
           u.base_unit,
           b.changed_at,
           b.moving,
           CASE
               WHEN b.problems IS NOT NULL THEN concat('unreadable: ', b.problems)
               WHEN b.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN abs(b.amount * u.factor) >= 1000000000000 THEN concat('unreadable: ', b.amount, ' ', b.amount_unit, ' is more than a quantity can be')
               WHEN u.factor IS NULL THEN concat('no conversion from ', coalesce(b.amount_unit, 'no unit'), ' for ', coalesce(b.material, 'no material'))
               WHEN u.nominal THEN concat('only an average converts ', b.amount_unit, ' to ', u.base_unit, ' for ', b.material)
           END AS not_evaluated
    FROM stated b
    LEFT JOIN conversion u ON u.system = b.system AND u.material = b.material AND u.unit = b.amount_unit
    LEFT JOIN unbatched n ON n.system = b.system AND n.plant = b.plant AND n.material = b.material
),
compared AS (
    SELECT system,
           plant,
           order_no,
           material,
           batch,
           count(*) FILTER (WHERE side = 'sap') AS sap_rows,
           count(*) FILTER (WHERE side = 'mes') AS mes_rows,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND NOT moving), 0) AS sap_settled,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND moving AND quantity < 0), 0) AS sap_leaving,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND moving AND quantity > 0), 0) AS sap_coming,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND NOT moving), 0) AS mes_settled,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND moving AND quantity < 0), 0) AS mes_leaving,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND moving AND quantity > 0), 0) AS mes_coming,
           max(base_unit) AS unit,
           max(changed_at) AS changed_at,
           min(changed_at) AS first_at,
           min(not_evaluated) AS not_evaluated
    FROM measured
    GROUP BY system, plant, order_no, material, batch
),
-- An order that was read in two versions is still one order here; where they name two types it may be one that the MES executes.
ordered AS (
    SELECT system, plant, order_no, CASE WHEN min(order_type) = max(order_type) THEN min(order_type) END AS order_type, min(released_at) AS released_at
    FROM sap.work_order
    GROUP BY system, plant, order_no
)
SELECT c.system,
       c.plant,
       c.order_no,
       c.material,
       c.batch,
       c.changed_at,
       CASE
           WHEN c.not_evaluated IS NOT NULL THEN c.not_evaluated
           WHEN coalesce(o.released_at, c.first_at) < cut.complete_from THEN 'before history'
       END AS not_evaluated,
       c.sap_rows,
       c.mes_rows,
       c.sap_settled,
       c.sap_settled + c.sap_leaving AS sap_low,
       c.sap_settled + c.sap_coming AS sap_high,
       c.mes_settled,
       c.mes_settled + c.mes_leaving AS mes_low,
       c.mes_settled + c.mes_coming AS mes_high,
       c.unit
FROM compared c
JOIN params p ON p.system = c.system AND p.plant = c.plant
JOIN cut ON cut.system = c.system AND cut.plant = c.plant
LEFT JOIN ordered o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
WHERE o.order_type IS NULL OR list_contains(p.order_types, o.order_type) OR c.mes_rows > 0
