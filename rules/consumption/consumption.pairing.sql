/* ---
pairing: consumption
title: Consumption of a component batch by an order
key: [order_no, component, batch]
from: [sap.movement, mes.movement, sap.work_order, sap.material, sap.unit_conversion]
workflow: goods-movement
settle: 2h
local: order_no
params:
  order_types: [PP01, PI01]
  unit_residual: 0.001
evidence:
  - {table: sap.movement, match: {order_no: order_no, component: material, batch: batch}, where: "kind = 'consumption'"}
  - {table: mes.movement, match: {order_no: order_no, component: material, batch: batch}, where: "kind = 'consumption'"}
messages:
  - {match: {order_no: order_no, component: material, batch: batch}}
  - {behind: mes.movement, match: {reference: reference}}
--- */
WITH booked AS (
    SELECT 'sap' AS side, system, plant, order_no, material, batch, quantity, unit, catch_quantity, catch_unit, reference, changed_at, moving,
           problems, ambiguous
    FROM sap.movement
    WHERE kind = 'consumption'
    UNION ALL
    SELECT 'mes', system, plant, order_no, material, batch, quantity, unit, catch_quantity, catch_unit, reference, changed_at, moving, problems, ambiguous
    FROM mes.movement
    WHERE kind = 'consumption'
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
           b.material AS component,
           CASE WHEN n.material IS NULL THEN b.batch END AS batch,
           CASE WHEN abs(b.amount * u.factor) < 1000000000000 THEN CAST(b.amount * u.factor AS DECIMAL(18, 6)) END AS quantity,
           u.base_unit,
           b.amount_unit AS unit,
           b.reference,
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
           component,
           batch,
           count(*) FILTER (WHERE side = 'sap') AS sap_rows,
           count(*) FILTER (WHERE side = 'mes') AS mes_rows,
           count(*) FILTER (WHERE side = 'sap' AND reference IS NOT NULL) AS sap_referenced,
           count(*) FILTER (WHERE quantity < 0) AS taken_back,
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
    GROUP BY system, plant, order_no, component, batch
),
-- Where the sums differ, single events are compared: a unit mistake shows in one event, and hides in a sum.
suspect AS (
    SELECT m.system,
           m.plant,
           m.order_no,
           m.component,
           m.batch,
           CASE WHEN c.sap_referenced > 0 THEN m.reference END AS event,
           sum(m.quantity) FILTER (WHERE m.side = 'sap') AS sap_quantity,
           sum(m.quantity) FILTER (WHERE m.side = 'mes') AS mes_quantity,
           min(m.unit) FILTER (WHERE m.side = 'mes') AS mes_unit
    FROM measured m
    JOIN compared c
      ON c.system = m.system AND c.plant = m.plant AND c.order_no IS NOT DISTINCT FROM m.order_no AND c.component = m.component
         AND c.batch IS NOT DISTINCT FROM m.batch
    WHERE c.not_evaluated IS NULL AND c.sap_settled <> c.mes_settled
    GROUP BY m.system, m.plant, m.order_no, m.component, m.batch, event
),
-- The number the MES sent, taken for another unit: SAP's base quantity is to the MES's as the other unit is to the right one.
mistaken AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           s.component,
           s.batch,
           min(s.event) AS event,
           min(concat(other.unit, ' for ', s.mes_unit)) AS unit_mistake
    FROM suspect s
    JOIN conversion right_one ON right_one.system = s.system AND right_one.material = s.component AND right_one.unit = s.mes_unit
    JOIN conversion other ON other.system = s.system AND other.material = s.component AND other.factor <> right_one.factor
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE s.mes_quantity <> 0
      AND abs(s.sap_quantity * CAST(right_one.factor AS DECIMAL(20, 9)) - s.mes_quantity * CAST(other.factor AS DECIMAL(20, 9)))
          <= p.unit_residual * abs(s.mes_quantity * CAST(other.factor AS DECIMAL(20, 9)))
    GROUP BY s.system, s.plant, s.order_no, s.component, s.batch
),
-- What was booked and what was taken back of it, where the sums differ. An event that was cancelled and entered anew was booked with what it came to: its last
-- posting is not the one that takes back.
settled_event AS (
    SELECT m.system,
           m.plant,
           m.order_no,
           m.component,
           m.batch,
           m.side,
           sum(m.quantity) AS net,
           coalesce(sum(m.quantity) FILTER (WHERE m.quantity < 0), 0) AS back,
           m.reference IS NOT NULL AND sum(m.quantity) > 0
               AND max(m.changed_at) FILTER (WHERE m.quantity > 0) >= max(m.changed_at) FILTER (WHERE m.quantity < 0) AS entered_anew
    FROM measured m
    JOIN compared c
      ON c.system = m.system AND c.plant = m.plant AND c.order_no IS NOT DISTINCT FROM m.order_no AND c.component = m.component
         AND c.batch IS NOT DISTINCT FROM m.batch
    WHERE NOT m.moving AND c.taken_back > 0 AND c.not_evaluated IS NULL AND c.sap_settled <> c.mes_settled
    GROUP BY m.system, m.plant, m.order_no, m.component, m.batch, m.side, m.reference
),
booked_and_back AS (
    SELECT system,
           plant,
           order_no,
           component,
           batch,
           coalesce(sum(CASE WHEN entered_anew THEN net ELSE net - back END) FILTER (WHERE side = 'sap'), 0) AS sap_booked,
           coalesce(sum(CASE WHEN entered_anew THEN net ELSE net - back END) FILTER (WHERE side = 'mes'), 0) AS mes_booked,
           coalesce(sum(CASE WHEN entered_anew THEN 0 ELSE -back END) FILTER (WHERE side = 'sap'), 0) AS sap_taken_back,
           coalesce(sum(CASE WHEN entered_anew THEN 0 ELSE -back END) FILTER (WHERE side = 'mes'), 0) AS mes_taken_back
    FROM settled_event
    GROUP BY system, plant, order_no, component, batch
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
       c.component,
       c.batch,
       c.changed_at,
       CASE
           WHEN c.not_evaluated IS NOT NULL THEN c.not_evaluated
           WHEN coalesce(o.released_at, c.first_at) < cut.complete_from THEN 'before history'
       END AS not_evaluated,
       -- A side has some unless its whole interval is zero: what was fully taken back is as if it had never been.
       c.sap_settled <> 0 OR c.sap_leaving <> 0 OR c.sap_coming <> 0 AS sap_some,
       c.mes_settled <> 0 OR c.mes_leaving <> 0 OR c.mes_coming <> 0 AS mes_some,
       c.sap_rows,
       c.mes_rows,
       c.sap_settled,
       c.sap_settled + c.sap_leaving AS sap_low,
       c.sap_settled + c.sap_coming AS sap_high,
       c.mes_settled,
       c.mes_settled + c.mes_leaving AS mes_low,
       c.mes_settled + c.mes_coming AS mes_high,
       r.sap_booked,
       r.mes_booked,
       r.sap_taken_back,
       r.mes_taken_back,
       c.unit,
       x.unit_mistake,
       x.event AS mistaken_event
FROM compared c
JOIN params p ON p.system = c.system AND p.plant = c.plant
JOIN cut ON cut.system = c.system AND cut.plant = c.plant
LEFT JOIN ordered o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
LEFT JOIN mistaken x
       ON x.system = c.system AND x.plant = c.plant AND x.order_no IS NOT DISTINCT FROM c.order_no AND x.component = c.component
          AND x.batch IS NOT DISTINCT FROM c.batch
LEFT JOIN booked_and_back r
       ON r.system = c.system AND r.plant = c.plant AND r.order_no IS NOT DISTINCT FROM c.order_no AND r.component = c.component
          AND r.batch IS NOT DISTINCT FROM c.batch
-- Orders of types that the MES does not execute are not demanded of it; an order unknown to SAP is.
WHERE o.order_type IS NULL OR list_contains(p.order_types, o.order_type) OR c.mes_rows > 0
