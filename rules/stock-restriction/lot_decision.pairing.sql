/* ---
pairing: lot_decision
title: Inspection lots that SAP and quality know, and what each decided
key: [lot]
from: [sap.inspection_lot, qms.inspection_lot, qms.disposition]
workflow: usage-decision
settle: 4h
local: lot
evidence:
  - {table: sap.inspection_lot, match: {lot: lot}}
  - {table: qms.inspection_lot, match: {lot: lot}}
  - {table: qms.disposition, match: {lot: lot}}
messages:
  - {match: {lot: lot}}
--- */
-- A quality system keeps its decision with the lot, as a disposition of its own that names the lot, or both: the newest is in force.
-- A lot that one side alone knows is no question of decisions.
WITH sap_lot AS (
    SELECT l.system,
           l.plant,
           l.lot,
           max(l.changed_at) AS changed_at,
           max(l.material) AS material,
           max(l.batch) AS batch,
           max(l.decision) AS decision,
           max(l.decided_at) AS decided_at,
           max(l.decided_by) AS decided_by,
           bool_and(coalesce(l.cancelled, false)) AS cancelled,
           max(l.quantity) AS quantity,
           max(l.unit) AS unit,
           bool_or(coalesce(l.decided_at > c.settled_until, l.moving)) AS moving,
           CASE
               WHEN min(l.problems) IS NOT NULL THEN concat('unreadable: ', min(l.problems))
               WHEN bool_or(l.ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM sap.inspection_lot l
    JOIN cut c ON c.system = l.system AND c.plant = l.plant
    WHERE l.lot IS NOT NULL
    GROUP BY l.system, l.plant, l.lot
),
statement AS (
    SELECT l.system,
           l.plant,
           l.lot,
           l.decision,
           l.decided_at,
           l.decided_by,
           coalesce(l.cancelled, false) AND NOT l.ambiguous AS cancelled,
           coalesce(l.skipped, false) AS skipped,
           coalesce(l.decided_at > c.settled_until, l.moving) AS moving,
           l.changed_at,
           l.problems,
           l.ambiguous
    FROM qms.inspection_lot l
    JOIN cut c ON c.system = l.system AND c.plant = l.plant
    UNION ALL
    SELECT system, plant, lot, decision, decided_at, decided_by, false, false, moving, changed_at, problems, ambiguous
    FROM qms.disposition
    -- An assessment is of what was made from another batch; a decision on one container, or one that is not final, is none on the lot.
    WHERE (coalesce(kind, 'disposition') <> 'assessment' AND handling_unit IS NULL AND serial_no IS NULL AND coalesce(final, true)) OR problems IS NOT NULL
),
newest AS (
    SELECT system,
           plant,
           lot,
           max(decided_at) AS decided_at,
           max(changed_at) AS changed_at,
           bool_or(cancelled) AS cancelled,
           bool_or(skipped) AS skipped,
           CASE
               WHEN min(problems) IS NOT NULL THEN concat('unreadable: ', min(problems))
               WHEN bool_or(ambiguous) THEN 'ambiguous: rows with equal keys differ'
               WHEN count(decision) > 1 AND count(decision) > count(decided_at) THEN 'ambiguous: one of several decisions has no date'
           END AS not_evaluated
    FROM statement
    GROUP BY system, plant, lot
),
qms_lot AS (
    SELECT n.system,
           n.plant,
           n.lot,
           n.changed_at,
           n.decided_at,
           n.cancelled,
           n.skipped,
           max(s.decision) AS decision,
           max(s.decided_by) AS decided_by,
           bool_and(s.moving) AS moving,
           coalesce(n.not_evaluated, CASE WHEN count(DISTINCT s.decision) > 1 THEN 'ambiguous: decisions of one moment differ' END) AS not_evaluated
    FROM newest n
    JOIN statement s ON s.system = n.system AND s.plant = n.plant AND s.lot = n.lot AND s.decided_at IS NOT DISTINCT FROM n.decided_at
    GROUP BY n.system, n.plant, n.lot, n.changed_at, n.decided_at, n.cancelled, n.skipped, n.not_evaluated
)
SELECT s.system,
       s.plant,
       s.lot,
       greatest(s.changed_at, q.changed_at) AS changed_at,
       coalesce(s.not_evaluated, q.not_evaluated) AS not_evaluated,
       s.material AS sap_material,
       s.batch AS sap_batch,
       s.decision AS sap_decision,
       s.decided_at AS sap_decided_at,
       s.decided_by AS sap_decided_by,
       s.quantity AS sap_quantity,
       s.unit,
       q.decision AS qms_decision,
       q.decided_at AS qms_decided_at,
       q.decided_by AS qms_decided_by,
       q.skipped AS qms_skipped,
       s.cancelled OR q.cancelled AS cancelled,
       CASE
           WHEN q.decision IS NULL THEN s.moving
           WHEN s.decision IS NULL THEN q.moving
           ELSE s.moving OR q.moving
       END AS moving
FROM sap_lot s
JOIN qms_lot q ON q.system = s.system AND q.plant = s.plant AND q.lot = s.lot
