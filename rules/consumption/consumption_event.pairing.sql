/* ---
pairing: consumption_event
title: Postings of one consumption event
key: [order_no, component, reference]
from: [sap.movement, mes.movement, sap.work_order, sap.material, sap.unit_conversion]
workflow: goods-movement
settle: 2h
local: order_no
evidence:
  - {table: sap.movement, match: {order_no: order_no, component: material, reference: reference}, where: "kind = 'consumption'"}
  - {table: mes.movement, match: {order_no: order_no, component: material, reference: reference}, where: "kind = 'consumption'"}
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
-- What was taken back by hand quotes no event; it may well be the second posting. A return is taken back by an issue.
taken_back AS (
    SELECT system,
           plant,
           order_no,
           component,
           batch,
           sum(quantity) FILTER (WHERE quantity < 0) AS of_issues,
           -sum(quantity) FILTER (WHERE quantity > 0) AS of_returns,
           min(not_evaluated) AS not_evaluated
    FROM measured
    WHERE side = 'sap' AND reference IS NULL
    GROUP BY system, plant, order_no, component, batch
),
event AS (
    SELECT system,
           plant,
           order_no,
           component,
           reference,
           count(*) FILTER (WHERE side = 'sap') AS sap_rows,
           count(*) FILTER (WHERE side = 'mes') AS mes_rows,
           -- A posting that was cancelled is none, whatever was posted in its place; while the cancellation is moving it still is one. An event that takes
           -- another back is posted below zero, and cancelled above.
           CASE
               WHEN sum(quantity) FILTER (WHERE side = 'mes') < 0
                   THEN count(*) FILTER (WHERE side = 'sap' AND quantity < 0) - count(*) FILTER (WHERE side = 'sap' AND quantity > 0 AND NOT moving)
               ELSE count(*) FILTER (WHERE side = 'sap' AND quantity > 0) - count(*) FILTER (WHERE side = 'sap' AND quantity < 0 AND NOT moving)
           END AS sap_postings,
           CASE WHEN count(DISTINCT batch) FILTER (WHERE side = 'sap') = 1 THEN min(batch) FILTER (WHERE side = 'sap') END AS sap_batch,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND NOT moving), 0) AS sap_settled,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND moving AND quantity < 0), 0) AS sap_leaving,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND moving AND quantity > 0), 0) AS sap_coming,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND NOT moving), 0) AS mes_settled,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND moving AND quantity < 0), 0) AS mes_leaving,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND moving AND quantity > 0), 0) AS mes_coming,
           sum(quantity) FILTER (WHERE side = 'mes') < 0 AS is_return,
           max(base_unit) AS unit,
           max(changed_at) AS changed_at,
           min(changed_at) AS first_at,
           min(not_evaluated) AS not_evaluated
    FROM measured
    WHERE reference IS NOT NULL
    GROUP BY system, plant, order_no, component, reference
),
-- What a batch was charged too much, over all its events: taking one posting back heals one of them, not all.
excess AS (
    SELECT system, plant, order_no, component, sap_batch, is_return, sum(abs(sap_settled) - abs(mes_settled)) AS quantity
    FROM event
    WHERE mes_rows > 0 AND sap_postings > mes_rows AND abs(sap_settled) > abs(mes_settled)
    GROUP BY system, plant, order_no, component, sap_batch, is_return
),
-- An order that was read in two versions is still one order here.
ordered AS (
    SELECT system, plant, order_no, min(released_at) AS released_at
    FROM sap.work_order
    GROUP BY system, plant, order_no
)
SELECT e.system,
       e.plant,
       e.order_no,
       e.component,
       e.reference,
       e.changed_at,
       CASE
           WHEN e.not_evaluated IS NOT NULL THEN e.not_evaluated
           WHEN x.quantity IS NOT NULL AND t.not_evaluated IS NOT NULL THEN t.not_evaluated
           WHEN coalesce(o.released_at, e.first_at) < cut.complete_from THEN 'before history'
       END AS not_evaluated,
       e.sap_rows,
       e.mes_rows,
       e.sap_postings,
       e.sap_batch,
       e.sap_settled,
       e.sap_settled + e.sap_leaving AS sap_low,
       e.sap_settled + e.sap_coming AS sap_high,
       e.mes_settled,
       e.mes_settled + e.mes_leaving AS mes_low,
       e.mes_settled + e.mes_coming AS mes_high,
       x.quantity AS sap_excess,
       coalesce(CASE WHEN e.is_return THEN t.of_returns ELSE t.of_issues END, 0) AS sap_taken_back,
       e.unit
FROM event e
JOIN cut ON cut.system = e.system AND cut.plant = e.plant
LEFT JOIN ordered o ON o.system = e.system AND o.plant = e.plant AND o.order_no = e.order_no
LEFT JOIN taken_back t
       ON t.system = e.system AND t.plant = e.plant AND t.order_no = e.order_no AND t.component = e.component AND t.batch IS NOT DISTINCT FROM e.sap_batch
LEFT JOIN excess x
       ON x.system = e.system AND x.plant = e.plant AND x.order_no = e.order_no AND x.component = e.component AND x.sap_batch IS NOT DISTINCT FROM e.sap_batch
          AND x.is_return = e.is_return
WHERE e.sap_rows > 0 AND e.mes_rows > 0
