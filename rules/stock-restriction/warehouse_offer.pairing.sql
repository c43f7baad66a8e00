/* ---
pairing: warehouse_offer
title: Batches in the bins of the warehouse, and the holds and rejections that lie on them
key: [material, batch, bin]
from: [pairing.quality_stop, wms.stock, sap.unit_conversion]
workflow: stock-restriction
settle: 1h
local: batch
params:
  restricted_use_suffices: true
evidence:
  - {table: wms.stock, match: {material: material, batch: batch, bin: bin}}
  - {table: sap.inspection_lot, match: {material: material, batch: batch}}
  - {table: qms.hold, match: {material: material, batch: batch}}
  - {table: qms.disposition, match: {material: material, batch: batch}}
messages:
  - {workflows: [quality-hold, stock-restriction], match: {material: material, batch: batch}, only_explain: true}
  - {workflows: [quality-hold, stock-restriction], behind: qms.hold, match: {hold_id: hold_id}, only_explain: true}
--- */
WITH conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor, min(base_unit) AS base_unit
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
-- Offered is what the warehouse says so of, of the stock types that may be used; where it does not say, all of it. What is blocked is available to nobody but who unblocks it.
quant AS (
    SELECT s.system,
           s.plant,
           s.material,
           s.batch,
           s.bin,
           s.storage_location,
           s.handling_unit,
           CASE
               WHEN s.stock_type = '01' OR (s.stock_type = '08' AND NOT p.restricted_use_suffices) THEN greatest(coalesce(s.available_quantity, s.quantity), 0)
               WHEN s.stock_type IS NOT NULL THEN 0
           END AS offered,
           -- Promised to a task or a delivery: it is on its way out, whatever the stock type.
           greatest(s.allocated_quantity, 0) AS allocated,
           s.stock_type,
           c.factor,
           c.base_unit,
           s.changed_at,
           s.moving,
           s.problems,
           s.ambiguous
    FROM wms.stock s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    LEFT JOIN conversion c ON c.system = s.system AND c.material = s.material AND c.unit = s.unit
    WHERE s.batch IS NOT NULL
),
-- The stops that lie on a bin: those on the whole batch, on its place, or on a container in it.
laid AS (
    SELECT q.system,
           q.plant,
           q.material,
           q.batch,
           q.bin,
           q.storage_location,
           q.handling_unit,
           q.stock_type,
           count(*) FILTER (WHERE h.reference IS NOT NULL) > 0 AS touched,
           count(*) FILTER (WHERE h.reference IS NOT NULL AND h.not_evaluated IS NULL) > 0 AS stopped,
           bool_and(h.moving) FILTER (WHERE h.not_evaluated IS NULL) AS stop_moving,
           min(h.not_evaluated) AS stop_not_evaluated,
           min(h.reference) FILTER (WHERE h.side = 'hold' AND h.not_evaluated IS NULL) AS hold_id,
           min(h.reference) FILTER (WHERE h.side = 'qms' AND h.not_evaluated IS NULL) AS decision,
           min(h.reference) FILTER (WHERE h.side = 'sap' AND h.not_evaluated IS NULL) AS lot,
           max(h.changed_at) AS changed_at
    FROM (SELECT system, plant, material, batch, bin, storage_location, handling_unit, stock_type FROM quant
          GROUP BY system, plant, material, batch, bin, storage_location, handling_unit, stock_type) q
    JOIN cut c ON c.system = q.system AND c.plant = q.plant
    LEFT JOIN pairing.quality_stop h
           ON h.system = q.system AND h.plant = q.plant AND h.material = q.material AND h.batch = q.batch AND (h.until IS NULL OR h.until > c.cut)
              AND (h.scope = 'batch' OR h.not_evaluated IS NOT NULL
                   OR (h.scope = 'container' AND h.handling_unit = q.handling_unit)
                   OR (h.scope = 'location' AND (h.storage_location IS NULL OR h.storage_location = q.storage_location) AND (h.bin IS NULL OR h.bin = q.bin)
                       AND (h.storage_location IS NOT NULL OR h.bin IS NOT NULL)))
    GROUP BY q.system, q.plant, q.material, q.batch, q.bin, q.storage_location, q.handling_unit, q.stock_type
),
offer AS (
    SELECT q.system,
           q.plant,
           q.material,
           q.batch,
           q.bin,
           greatest(max(q.changed_at), max(l.changed_at)) AS changed_at,
           coalesce(sum(q.offered) FILTER (WHERE l.stopped), 0) AS offered_as_kept,
           CASE WHEN count(*) FILTER (WHERE l.stopped AND q.offered > 0 AND (q.factor IS NULL OR q.offered * q.factor >= 1000000000000)) = 0
                THEN sum(CASE WHEN q.offered * q.factor < 1000000000000 THEN CAST(q.offered * q.factor AS DECIMAL(18, 6)) END) FILTER (WHERE l.stopped)
           END AS offered,
           coalesce(sum(q.allocated) FILTER (WHERE l.stopped), 0) AS allocated,
           bool_and(q.moving OR l.stop_moving) FILTER (WHERE l.stopped AND q.offered > 0) AS moving,
           max(q.base_unit) AS unit,
           min(q.storage_location) FILTER (WHERE l.stopped AND q.offered > 0) AS storage_location,
           min(l.hold_id) AS hold_id,
           min(l.decision) AS decision,
           min(l.lot) AS lot,
           min(CASE
                   WHEN q.problems IS NOT NULL THEN concat('unreadable: ', q.problems)
                   WHEN q.ambiguous THEN 'ambiguous: rows with equal keys differ'
               END) FILTER (WHERE l.touched) AS not_evaluated,
           min(l.stop_not_evaluated) FILTER (WHERE q.offered > 0 OR q.allocated > 0 OR q.offered IS NULL) AS stop_not_evaluated
    FROM quant q
    JOIN laid l
      ON l.system = q.system AND l.plant = q.plant AND l.material = q.material AND l.batch = q.batch AND l.bin IS NOT DISTINCT FROM q.bin
         AND l.storage_location IS NOT DISTINCT FROM q.storage_location AND l.handling_unit IS NOT DISTINCT FROM q.handling_unit
         AND l.stock_type IS NOT DISTINCT FROM q.stock_type
    GROUP BY q.system, q.plant, q.material, q.batch, q.bin
)
SELECT o.system,
       o.plant,
       o.material,
       o.batch,
       o.bin,
       o.changed_at,
       coalesce(o.not_evaluated, CASE WHEN o.offered_as_kept <= 0 THEN o.stop_not_evaluated END) AS not_evaluated,
       o.offered_as_kept,
       o.offered,
       o.allocated,
       coalesce(o.moving, false) AS moving,
       o.unit,
       o.storage_location AS wms_storage_location,
       o.lot AS sap_rejected_lot,
       o.decision AS qms_rejection,
       h.reference AS qms_hold_id,
       h.reason AS qms_reason,
       h.owner AS qms_owner,
       h.since AS qms_held_since
FROM offer o
LEFT JOIN pairing.quality_stop h
       ON h.side = 'hold' AND h.system = o.system AND h.plant = o.plant AND h.material = o.material AND h.batch = o.batch AND h.reference = o.hold_id
