/* ---
pairing: kept_back_stock
title: Stock in inspection or blocked, of materials that are inspected, and what keeps it there
key: [material, batch, stock_type]
from: [sap.stock, sap.material, sap.inspection_lot, qms.hold, qms.disposition, mes.hold]
workflow: kept-back-stock
settle: 72h
local: material
evidence:
  - {table: sap.stock, match: {material: material, batch: batch, stock_type: stock_type}}
  - {table: sap.inspection_lot, match: {material: material, batch: batch}}
  - {table: qms.hold, match: {material: material, batch: batch}}
  - {table: qms.disposition, match: {material: material, batch: batch}}
messages:
  - {workflows: [quality-hold, usage-decision, stock-restriction], match: {material: material, batch: batch}}
  - {workflows: [quality-hold, usage-decision, stock-restriction], behind: qms.hold, match: {hold_id: hold_id}}
  - {workflows: [usage-decision], behind: sap.inspection_lot, match: {lot: lot}}
--- */
-- What says that there is nothing behind a block has to be sure of it: whatever cannot be read, or says two things, counts as a reason.
WITH relevant AS (
    SELECT system,
           plant,
           material,
           CASE
               WHEN min(problems) IS NOT NULL THEN concat('unreadable: ', min(problems))
               WHEN bool_or(ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM sap.material
    WHERE inspection_relevant OR problems IS NOT NULL
    GROUP BY system, plant, material
),
kept AS (
    SELECT s.system,
           s.plant,
           s.material,
           s.batch,
           s.stock_type,
           sum(greatest(s.quantity, 0)) AS quantity,
           bool_or(s.quantity > 0 AND NOT s.moving) AS lies_still,
           min(s.storage_location) FILTER (WHERE s.quantity > 0) AS place,
           min(s.unit) AS unit,
           max(s.changed_at) AS changed_at,
           min(r.not_evaluated) AS material_not_evaluated,
           CASE
               WHEN min(s.problems) IS NOT NULL THEN concat('unreadable: ', min(s.problems))
               WHEN bool_or(s.ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM sap.stock s
    JOIN cut c ON c.system = s.system AND c.plant = s.plant
    JOIN relevant r ON r.system = s.system AND r.plant = s.plant AND r.material = s.material
    WHERE s.stock_type IN ('02', '07')
    GROUP BY s.system, s.plant, s.material, s.batch, s.stock_type
),
told AS (
    SELECT system, plant, material, batch, hold_id, closed_at, changed_at, problems, ambiguous, moving FROM qms.hold
    UNION ALL
    SELECT system, plant, material, batch, hold_id, closed_at, changed_at, problems, ambiguous, moving FROM mes.hold
),
held AS (
    SELECT t.system,
           t.plant,
           t.material,
           t.batch,
           bool_or(t.closed_at IS NULL OR t.closed_at > c.cut OR t.ambiguous OR t.problems IS NOT NULL) AS stands,
           bool_or(t.moving) AS moving,
           max_by(t.hold_id, concat(CAST(t.closed_at AS VARCHAR), t.hold_id)) AS hold_id,
           max(t.closed_at) AS closed_at,
           max(t.changed_at) AS changed_at
    FROM told t
    JOIN cut c ON c.system = t.system AND c.plant = t.plant
    GROUP BY t.system, t.plant, t.material, t.batch
),
-- A lot is behind stock until it is decided and its stock is posted, or as long as it is not clear. What of it is decided and not posted is STK-010's.
inspected AS (
    SELECT system,
           plant,
           material,
           batch,
           bool_or(decision IS NULL
                   OR (NOT coalesce(stock_posting_completed, false) AND (stock_posting_required OR quantity_to_post > 0))
                   OR problems IS NOT NULL
                   OR ambiguous) AS stands,
           max(lot) AS lot,
           max(changed_at) AS changed_at
    FROM sap.inspection_lot
    WHERE NOT coalesce(cancelled, false) OR ambiguous
    GROUP BY system, plant, material, batch
),
decision AS (
    SELECT system, plant, material, batch, 'qms' AS side, decision, decided_at, changed_at, moving,
           problems IS NOT NULL OR ambiguous OR decided_at IS NULL AS unclear,
           handling_unit IS NOT NULL OR serial_no IS NOT NULL OR quantity IS NOT NULL AS partial
    FROM qms.disposition
    WHERE coalesce(kind, 'disposition') <> 'assessment' OR problems IS NOT NULL
    UNION ALL
    SELECT system, plant, material, batch, 'sap', decision, decided_at, changed_at, moving, decided_at IS NULL, false
    FROM sap.inspection_lot
    WHERE decision IS NOT NULL AND NOT coalesce(cancelled, false)
),
newest AS (
    SELECT system, plant, material, batch, side, max(decided_at) AS decided_at
    FROM decision
    GROUP BY system, plant, material, batch, side
),
decided AS (
    SELECT d.system,
           d.plant,
           d.material,
           d.batch,
           -- The newest decision of each side that does not accept all of it keeps stock back, and so does any rejection of a part.
           bool_or(d.unclear OR (d.decision <> 'accepted' AND (d.decided_at = n.decided_at OR d.partial))) AS stands,
           bool_or(d.moving) AS moving,
           max(d.decision) FILTER (WHERE d.side = 'qms' AND d.decided_at = n.decided_at) AS qms_decision,
           max(d.decision) FILTER (WHERE d.side = 'sap' AND d.decided_at = n.decided_at) AS sap_decision,
           max(d.changed_at) AS changed_at
    FROM decision d
    JOIN newest n ON n.system = d.system AND n.plant = d.plant AND n.material = d.material AND n.batch IS NOT DISTINCT FROM d.batch AND n.side = d.side
    GROUP BY d.system, d.plant, d.material, d.batch
)
SELECT k.system,
       k.plant,
       k.material,
       k.batch,
       k.stock_type,
       greatest(k.changed_at, h.changed_at, i.changed_at, d.changed_at) AS changed_at,
       coalesce(k.not_evaluated, k.material_not_evaluated) AS not_evaluated,
       k.quantity,
       k.unit,
       k.place AS sap_place,
       i.lot AS sap_lot,
       d.sap_decision,
       d.qms_decision,
       h.hold_id AS qms_hold_id,
       h.closed_at AS qms_hold_closed_at,
       coalesce(h.stands, false) OR coalesce(i.stands, false) OR coalesce(d.stands, false) AS explained,
       -- Whoever releases it has the settle time after the last of its reasons is gone.
       NOT coalesce(k.lies_still, false) OR coalesce(h.moving, false) OR coalesce(d.moving, false) AS moving
FROM kept k
LEFT JOIN held h ON h.system = k.system AND h.plant = k.plant AND h.material = k.material AND h.batch IS NOT DISTINCT FROM k.batch
LEFT JOIN inspected i ON i.system = k.system AND i.plant = k.plant AND i.material = k.material AND i.batch IS NOT DISTINCT FROM k.batch
LEFT JOIN decided d ON d.system = k.system AND d.plant = k.plant AND d.material = k.material AND d.batch IS NOT DISTINCT FROM k.batch
