/* ---
pairing: issued_batch_decision
title: Batches that left for a customer, and what was decided on them by then
key: [material, batch, delivery]
from: [sap.delivery_item, sap.inspection_lot, qms.inspection_lot, qms.disposition]
across: [sap.inspection_lot, qms.inspection_lot, qms.disposition]
workflow: stock-restriction
settle: 1h
local: batch
params:
  release_inspection_types: ["01", "04", "05", "08"]
  tolerance_minutes: 5
evidence:
  - {table: sap.delivery_item, match: {material: material, batch: batch, delivery: delivery}}
  - {table: sap.inspection_lot, match: {material: material, batch: batch}}
  - {table: qms.inspection_lot, match: {material: material, batch: batch}}
  - {table: qms.disposition, match: {material: material, batch: batch}}
messages:
  - {workflows: [usage-decision, stock-restriction], match: {material: material, batch: batch}, only_explain: true}
  - {workflows: [usage-decision], behind: sap.inspection_lot, match: {lot: lot}, only_explain: true}
--- */
-- A batch may be made and decided upon at one plant and leave from another, so lots and decisions of all plants count.
WITH item AS (
    SELECT d.system,
           d.plant,
           d.material,
           d.batch,
           d.delivery,
           d.quantity,
           d.unit,
           d.customer,
           d.changed_at,
           d.moving,
           -- Where no goods issue is in the history only its day is known, and a decision of the same day may well have been before it.
           d.goods_issue_at + CASE WHEN d.movement_id IS NULL THEN INTERVAL '1' DAY ELSE p.tolerance_minutes * INTERVAL '1' MINUTE END AS decided_by_then,
           d.goods_issue_at,
           d.goods_issue_at < c.complete_from AS before_history,
           CASE
               WHEN d.problems IS NOT NULL THEN concat('unreadable: ', d.problems)
               WHEN d.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN d.goods_issue_at IS NULL THEN 'unreadable: nobody says when it left'
           END AS not_evaluated
    FROM sap.delivery_item d
    JOIN cut c ON c.system = d.system AND c.plant = d.plant
    JOIN params p ON p.system = d.system AND p.plant = d.plant
    WHERE d.batch IS NOT NULL
      AND d.delivery IS NOT NULL
      AND (d.ambiguous OR (coalesce(d.kind, 'outbound') = 'outbound' AND coalesce(d.goods_issued, d.problems IS NOT NULL) AND NOT coalesce(d.cancelled, false) AND NOT coalesce(d.returned, false)))
),
issued AS (
    SELECT system,
           plant,
           material,
           batch,
           delivery,
           CASE WHEN min(unit) = max(unit) THEN sum(quantity) END AS quantity,
           min(unit) AS unit,
           min(customer) AS customer,
           max(changed_at) AS changed_at,
           bool_and(moving) AS moving,
           min(goods_issue_at) AS goods_issue_at,
           min(decided_by_then) AS decided_by_then,
           bool_or(before_history) AS before_history,
           min(not_evaluated) AS not_evaluated
    FROM item
    GROUP BY system, plant, material, batch, delivery
),
-- A lot of a kind that releases the batch asks for a decision; one by hand, or of a recurring inspection, finds it released already.
lot AS (
    SELECT i.system,
           i.plant,
           i.material,
           i.batch,
           i.delivery,
           max(l.lot) AS lot
    FROM issued i
    JOIN params p ON p.system = i.system AND p.plant = i.plant
    JOIN (
        SELECT system, material, batch, lot, inspection_type FROM sap.inspection_lot WHERE NOT coalesce(cancelled, false) OR ambiguous
        UNION ALL
        SELECT system, material, batch, lot, inspection_type FROM qms.inspection_lot WHERE NOT coalesce(cancelled, false) OR ambiguous
    ) l ON l.system = i.system AND l.material = i.material AND l.batch = i.batch
    WHERE l.inspection_type IS NULL OR list_contains(p.release_inspection_types, l.inspection_type)
    GROUP BY i.system, i.plant, i.material, i.batch, i.delivery
),
decision AS (
    SELECT 'sap' AS side, system, material, batch, decision, decided_at, problems, ambiguous
    FROM sap.inspection_lot
    WHERE (decision IS NOT NULL AND NOT coalesce(cancelled, false)) OR problems IS NOT NULL OR ambiguous
    UNION ALL
    SELECT 'qms', system, material, batch, decision, decided_at, problems, ambiguous
    FROM qms.inspection_lot
    WHERE (decision IS NOT NULL AND NOT coalesce(cancelled, false)) OR problems IS NOT NULL OR ambiguous
    UNION ALL
    SELECT 'qms', system, material, batch, decision, decided_at, problems, ambiguous
    FROM qms.disposition
    WHERE (coalesce(kind, 'disposition') <> 'assessment' AND handling_unit IS NULL AND serial_no IS NULL) OR problems IS NOT NULL
),
until_then AS (
    SELECT i.system,
           i.plant,
           i.material,
           i.batch,
           i.delivery,
           max(d.decided_at) FILTER (WHERE d.side = 'qms' AND d.decided_at <= i.decided_by_then) AS qms_last,
           max(d.decided_at) FILTER (WHERE d.side = 'sap' AND d.decided_at <= i.decided_by_then) AS sap_last,
           min(d.decided_at) FILTER (WHERE d.side = 'qms' AND d.decision <> 'rejected') AS qms_accepted_at,
           min(d.decided_at) FILTER (WHERE d.side = 'sap' AND d.decision <> 'rejected') AS sap_accepted_at,
           CASE
               WHEN min(d.problems) IS NOT NULL THEN concat('unreadable: ', min(d.problems))
               WHEN bool_or(d.ambiguous) THEN 'ambiguous: rows with equal keys differ'
               WHEN bool_or(d.decided_at IS NULL) THEN 'unreadable: nobody says when it was decided'
           END AS not_evaluated
    FROM issued i
    JOIN decision d ON d.system = i.system AND d.material = i.material AND d.batch = i.batch
    GROUP BY i.system, i.plant, i.material, i.batch, i.delivery
),
-- Quality's decision of then is believed, and SAP's where quality had made none.
standing AS (
    SELECT u.system,
           u.plant,
           u.material,
           u.batch,
           u.delivery,
           bool_or(d.decision <> 'rejected') AS accepted,
           bool_or(d.decision = 'rejected') AS rejected
    FROM until_then u
    JOIN decision d
      ON d.system = u.system AND d.material = u.material AND d.batch = u.batch
         AND ((d.side = 'qms' AND d.decided_at = u.qms_last) OR (d.side = 'sap' AND d.decided_at = u.sap_last AND u.qms_last IS NULL))
    GROUP BY u.system, u.plant, u.material, u.batch, u.delivery
)
SELECT i.system,
       i.plant,
       i.material,
       i.batch,
       i.delivery,
       i.changed_at,
       coalesce(i.not_evaluated, u.not_evaluated, CASE WHEN i.before_history THEN 'before history' END) AS not_evaluated,
       l.lot IS NOT NULL AS decision_due,
       l.lot AS sap_lot,
       i.customer AS sap_customer,
       i.goods_issue_at AS sap_goods_issue_at,
       u.sap_accepted_at,
       u.qms_accepted_at,
       coalesce(s.accepted, false) AND u.not_evaluated IS NULL AND i.not_evaluated IS NULL AS accepted,
       coalesce(s.rejected, false) AND u.not_evaluated IS NULL AND i.not_evaluated IS NULL AS rejected,
       i.quantity,
       i.unit,
       i.moving
FROM issued i
LEFT JOIN lot l ON l.system = i.system AND l.plant = i.plant AND l.material = i.material AND l.batch = i.batch AND l.delivery = i.delivery
LEFT JOIN until_then u ON u.system = i.system AND u.plant = i.plant AND u.material = i.material AND u.batch = i.batch AND u.delivery = i.delivery
LEFT JOIN standing s ON s.system = i.system AND s.plant = i.plant AND s.material = i.material AND s.batch = i.batch AND s.delivery = i.delivery
