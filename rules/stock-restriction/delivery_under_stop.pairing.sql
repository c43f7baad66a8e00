/* ---
pairing: delivery_under_stop
title: Batches delivered, and the holds and rejections in force at that moment
key: [material, batch, delivery]
from: [pairing.quality_stop, sap.movement, sap.delivery_item, qms.disposition]
workflow: stock-restriction
settle: 1h
local: batch
evidence:
  - {table: sap.movement, match: {material: material, batch: batch, delivery: delivery}, where: "kind = 'delivery'"}
  - {table: sap.delivery_item, match: {material: material, batch: batch, delivery: delivery}}
  - {table: sap.inspection_lot, match: {material: material, batch: batch}}
  - {table: qms.hold, match: {material: material, batch: batch}}
  - {table: qms.disposition, match: {material: material, batch: batch}}
messages:
  - {workflows: [quality-hold, stock-restriction], match: {material: material, batch: batch}, only_explain: true}
  - {workflows: [quality-hold, stock-restriction], behind: qms.hold, match: {hold_id: hold_id}, only_explain: true}
--- */
-- The goods left before the earlier of the entry of the goods issue and the end of its posting day. What takes an issue back counts at the moment of that issue.
WITH item AS (
    SELECT system,
           plant,
           delivery,
           material,
           batch,
           sum(quantity) FILTER (WHERE goods_issued AND NOT coalesce(returned, false) AND NOT coalesce(cancelled, false) AND coalesce(kind, 'outbound') = 'outbound')
               AS quantity,
           min(unit) AS unit,
           min(customer) AS customer,
           min(storage_location) AS storage_location,
           min(handling_unit) AS handling_unit,
           min(serial_no) AS serial_no,
           max(goods_issue_at) AS goods_issue_at,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous,
           bool_or(goods_issued AND coalesce(kind, 'outbound') = 'outbound') AS issued
    FROM sap.delivery_item
    WHERE batch IS NOT NULL
    GROUP BY system, plant, delivery, material, batch
),
posted AS (
    SELECT system, plant, delivery, material, batch
    FROM sap.movement
    WHERE kind = 'delivery' AND batch IS NOT NULL
    GROUP BY system, plant, delivery, material, batch
),
issue AS (
    SELECT m.system,
           m.plant,
           m.delivery,
           m.material,
           m.batch,
           m.movement_id,
           m.handling_unit,
           m.serial_no,
           m.storage_location,
           m.bin,
           m.customer,
           m.quantity,
           m.unit,
           m.changed_at,
           m.problems,
           m.ambiguous,
           coalesce(o.moment, least(m.changed_at, m.occurred_at + INTERVAL '1' DAY)) AS moment
    FROM sap.movement m
    LEFT JOIN (SELECT system, movement_id, min(least(changed_at, occurred_at + INTERVAL '1' DAY)) AS moment FROM sap.movement GROUP BY system, movement_id) o
           ON o.system = m.system AND o.movement_id = m.reverses
    WHERE m.kind = 'delivery' AND m.batch IS NOT NULL
    UNION ALL
    -- A delivery whose goods issue the movements do not have: it has left all the same.
    SELECT i.system,
           i.plant,
           i.delivery,
           i.material,
           i.batch,
           'none',
           i.handling_unit,
           i.serial_no,
           i.storage_location,
           CAST(NULL AS VARCHAR),
           i.customer,
           i.quantity,
           i.unit,
           i.changed_at,
           i.problems,
           i.ambiguous,
           coalesce(i.goods_issue_at + INTERVAL '1' DAY, i.changed_at)
    FROM item i
    LEFT JOIN posted p ON p.system = i.system AND p.plant = i.plant AND p.delivery = i.delivery AND p.material = i.material AND p.batch = i.batch
    WHERE p.material IS NULL AND (i.issued OR i.problems IS NOT NULL OR i.ambiguous)
),
-- One row a goods issue, whatever number of holds and rejections lay on it. A hold on a part of the quantity does not say which part left.
one AS (
    SELECT u.system,
           u.plant,
           u.delivery,
           u.material,
           u.batch,
           u.movement_id,
           min(u.moment) AS moment,
           max(u.quantity) AS quantity,
           max(u.unit) AS unit,
           min(u.customer) AS customer,
           greatest(max(u.changed_at), max(h.changed_at)) AS changed_at,
           CASE
               WHEN min(u.problems) IS NOT NULL THEN concat('unreadable: ', min(u.problems))
               WHEN bool_or(u.ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS issue_not_evaluated,
           count(*) FILTER (WHERE h.reference IS NOT NULL) > 0 AS touched,
           count(*) FILTER (WHERE h.not_evaluated IS NULL AND u.moment >= h.surely_since) > 0 AS stopped,
           min(CASE WHEN h.not_evaluated IS NOT NULL THEN h.not_evaluated
                    WHEN u.moment < h.surely_since OR h.surely_since IS NULL THEN concat(CASE WHEN h.side = 'hold' THEN 'hold ' ELSE 'decision ' END, h.reference, ' does not say since when')
               END) FILTER (WHERE h.reference IS NOT NULL) AS stop_not_evaluated,
           min(h.reference) FILTER (WHERE h.side = 'hold' AND h.not_evaluated IS NULL AND u.moment >= h.surely_since) AS hold_id,
           min(h.reference) FILTER (WHERE h.side = 'qms' AND h.not_evaluated IS NULL AND u.moment >= h.surely_since) AS decision,
           min(h.reference) FILTER (WHERE h.side = 'sap' AND h.not_evaluated IS NULL AND u.moment >= h.surely_since) AS lot
    FROM issue u
    LEFT JOIN pairing.quality_stop h
           ON h.system = u.system AND h.plant = u.plant AND h.material = u.material AND h.batch = u.batch
              AND (h.since IS NULL OR u.moment >= h.since) AND (h.until IS NULL OR u.moment < h.until)
              AND (h.scope = 'batch' OR h.not_evaluated IS NOT NULL
                   OR (h.scope = 'container' AND h.handling_unit = u.handling_unit)
                   OR (h.scope = 'serial' AND h.serial_no = u.serial_no)
                   OR (h.scope = 'location' AND h.storage_location = u.storage_location AND (h.bin IS NULL OR h.bin = u.bin)))
    GROUP BY u.system, u.plant, u.delivery, u.material, u.batch, u.movement_id
),
delivered AS (
    SELECT system,
           plant,
           delivery,
           material,
           batch,
           max(changed_at) AS changed_at,
           coalesce(sum(quantity) FILTER (WHERE stopped), 0) AS quantity,
           max(unit) AS unit,
           min(customer) AS customer,
           min(moment) FILTER (WHERE stopped AND quantity > 0) AS first_at,
           max(moment) FILTER (WHERE stopped) AS last_at,
           min(hold_id) AS hold_id,
           min(decision) AS decision,
           min(lot) AS lot,
           min(issue_not_evaluated) FILTER (WHERE touched) AS not_evaluated,
           min(stop_not_evaluated) AS stop_not_evaluated
    FROM one
    GROUP BY system, plant, delivery, material, batch
),
assessed AS (
    SELECT system, plant, material, batch, max(decided_at) AS decided_at
    FROM qms.disposition
    WHERE kind = 'assessment' AND problems IS NULL AND NOT ambiguous
    GROUP BY system, plant, material, batch
)
SELECT d.system,
       d.plant,
       d.material,
       d.batch,
       d.delivery,
       d.changed_at,
       coalesce(d.not_evaluated, CASE WHEN d.quantity <= 0 THEN d.stop_not_evaluated END) AS not_evaluated,
       d.quantity,
       d.unit,
       coalesce(d.customer, i.customer) AS sap_customer,
       d.first_at AS sap_issued_at,
       d.lot AS sap_rejected_lot,
       d.decision AS qms_rejection,
       h.reference AS qms_hold_id,
       h.reason AS qms_reason,
       h.owner AS qms_owner,
       h.since AS qms_held_since,
       h.until AS qms_held_until,
       coalesce(a.decided_at >= d.last_at, false) AS assessed
FROM delivered d
JOIN cut ON cut.system = d.system AND cut.plant = d.plant
LEFT JOIN item i ON i.system = d.system AND i.plant = d.plant AND i.delivery = d.delivery AND i.material = d.material AND i.batch = d.batch
LEFT JOIN pairing.quality_stop h
       ON h.side = 'hold' AND h.system = d.system AND h.plant = d.plant AND h.material = d.material AND h.batch = d.batch AND h.reference = d.hold_id
LEFT JOIN assessed a ON a.system = d.system AND a.plant = d.plant AND a.material = d.material AND a.batch = d.batch
