/* ---
pairing: batch_restriction
title: Batches in stock and what quality says of them
key: [material, batch]
from: [sap.stock, sap.inspection_lot, qms.hold, qms.disposition]
workflow: stock-restriction
settle: 1h
local: batch
evidence:
  - {table: sap.stock, match: {material: material, batch: batch}}
  - {table: sap.inspection_lot, match: {material: material, batch: batch}}
  - {table: qms.hold, match: {material: material, batch: batch}}
  - {table: qms.disposition, match: {material: material, batch: batch}}
--- */
WITH kept AS (
    SELECT system,
           plant,
           material,
           batch,
           coalesce(sum(quantity) FILTER (WHERE stock_type = '01'), 0) AS unrestricted,
           coalesce(sum(quantity) FILTER (WHERE stock_type = '01' AND NOT moving), 0) AS unrestricted_settled,
           coalesce(sum(quantity) FILTER (WHERE stock_type IN ('07', '08')), 0) AS restricted,
           coalesce(sum(quantity) FILTER (WHERE stock_type = '02'), 0) AS in_inspection,
           min(storage_location) FILTER (WHERE stock_type = '01') AS place,
           min(unit) AS unit,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM sap.stock
    WHERE batch IS NOT NULL
    GROUP BY system, plant, material, batch
),
-- Holds on a container, a serial or a part of the quantity do not ask for the whole batch to be restricted.
held AS (
    SELECT system,
           plant,
           material,
           batch,
           min_by(hold_id, opened_at) AS hold_id,
           min_by(reason, opened_at) AS reason,
           min_by(owner, opened_at) AS owner,
           min(opened_at) AS opened_at,
           max(changed_at) AS changed_at,
           bool_and(moving) AS moving,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM qms.hold
    WHERE (closed_at IS NULL AND scope = 'batch') OR problems IS NOT NULL OR ambiguous
    GROUP BY system, plant, material, batch
),
decided AS (
    SELECT system,
           plant,
           material,
           batch,
           max_by(decision, decided_at) AS decision,
           max_by(decided_by, decided_at) AS decided_by,
           max(decided_at) AS decided_at,
           max_by(moving, decided_at) AS moving,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM qms.disposition
    GROUP BY system, plant, material, batch
),
lot AS (
    SELECT system,
           plant,
           material,
           batch,
           max_by(lot, decided_at) AS lot,
           max_by(decision, decided_at) AS decision,
           max(decided_at) AS decided_at,
           max_by(moving, decided_at) AS moving,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM sap.inspection_lot
    WHERE (decision IS NOT NULL AND NOT cancelled) OR problems IS NOT NULL
    GROUP BY system, plant, material, batch
)
SELECT k.system,
       k.plant,
       k.material,
       k.batch,
       greatest(k.changed_at, h.changed_at, d.changed_at, l.decided_at) AS changed_at,
       CASE
           WHEN coalesce(k.problems, h.problems, d.problems, l.problems) IS NOT NULL THEN concat('unreadable: ', coalesce(k.problems, h.problems, d.problems, l.problems))
           WHEN k.ambiguous OR h.ambiguous OR d.ambiguous OR l.ambiguous THEN 'ambiguous: rows with equal keys differ'
       END AS not_evaluated,
       k.unrestricted AS sap_unrestricted,
       k.unrestricted_settled AS sap_unrestricted_settled,
       k.restricted AS sap_restricted,
       k.in_inspection AS sap_in_inspection,
       k.place AS sap_place,
       k.unit,
       l.lot AS sap_lot,
       l.decision AS sap_decision,
       l.decided_at AS sap_decided_at,
       coalesce(l.moving, false) AS sap_decision_moving,
       h.hold_id AS qms_hold_id,
       h.reason AS qms_reason,
       h.owner AS qms_owner,
       h.opened_at AS qms_opened_at,
       coalesce(h.moving, false) AS qms_hold_moving,
       d.decision AS qms_decision,
       d.decided_by AS qms_decided_by,
       d.decided_at AS qms_decided_at,
       coalesce(d.moving, false) AS qms_decision_moving
FROM kept k
LEFT JOIN held h ON h.system = k.system AND h.plant = k.plant AND h.material = k.material AND h.batch = k.batch
LEFT JOIN decided d ON d.system = k.system AND d.plant = k.plant AND d.material = k.material AND d.batch = k.batch
LEFT JOIN lot l ON l.system = k.system AND l.plant = k.plant AND l.material = k.material AND l.batch = k.batch
