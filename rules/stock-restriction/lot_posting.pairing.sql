/* ---
pairing: lot_posting
title: Inspection lots in SAP, their usage decision and their stock
key: [lot]
from: [sap.inspection_lot, qms.hold]
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
WITH known AS (
    SELECT l.system,
           l.plant,
           l.lot,
           max(l.changed_at) AS changed_at,
           max(l.material) AS material,
           max(l.batch) AS batch,
           max(l.decision) AS decision,
           max(l.decided_at) AS decided_at,
           max(l.decided_by) AS decided_by,
           bool_or(coalesce(l.stock_posting_completed, false)) AS completed,
           bool_or(l.stock_posting_required) AS required,
           bool_and(coalesce(l.cancelled, false)) AS cancelled,
           max(l.quantity) AS quantity,
           max(l.quantity_to_post) AS quantity_to_post,
           -- What went to samples or to blocked stock may go before the decision: nobody can use it.
           max(coalesce(l.to_unrestricted, 0) + coalesce(l.to_scrap, 0) + coalesce(l.to_reserve, 0) + coalesce(l.to_other_material, 0) + coalesce(l.to_returns, 0)) AS posted,
           max(l.to_sample) AS sampled,
           max(l.unit) AS unit,
           bool_or(l.moving) AS moving,
           CASE
               WHEN min(l.problems) IS NOT NULL THEN concat('unreadable: ', min(l.problems))
               WHEN bool_or(l.ambiguous) OR count(*) > 1 THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM sap.inspection_lot l
    JOIN cut c ON c.system = l.system AND c.plant = l.plant
    WHERE l.lot IS NOT NULL
    GROUP BY l.system, l.plant, l.lot
),
-- Stock of an accepted lot that stays in inspection because the batch is held stays there rightly; a hold of which nothing can be told is one.
held AS (
    SELECT h.system, h.plant, h.material, h.batch, min(h.hold_id) AS hold_id
    FROM qms.hold h
    JOIN cut c ON c.system = h.system AND c.plant = h.plant
    WHERE h.closed_at IS NULL OR h.closed_at > c.cut OR h.ambiguous OR h.problems IS NOT NULL
    GROUP BY h.system, h.plant, h.material, h.batch
)
SELECT k.system,
       k.plant,
       k.lot,
       k.changed_at,
       k.not_evaluated,
       k.material AS sap_material,
       k.batch AS sap_batch,
       k.decision AS sap_decision,
       k.decided_at AS sap_decided_at,
       k.decided_by AS sap_decided_by,
       k.completed AS sap_stock_posting_completed,
       k.required AS sap_stock_posting_required,
       k.cancelled AS sap_cancelled,
       k.quantity AS sap_quantity,
       k.quantity_to_post AS sap_quantity_to_post,
       k.posted AS sap_posted,
       k.sampled AS sap_sampled,
       k.unit,
       h.hold_id AS qms_hold_id,
       k.moving
FROM known k
LEFT JOIN held h ON h.system = k.system AND h.plant = k.plant AND h.material = k.material AND h.batch = k.batch
