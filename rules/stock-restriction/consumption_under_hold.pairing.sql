/* ---
pairing: consumption_under_hold
title: Batches consumed by an order, and the holds in force at that moment
key: [material, batch, order_no]
from: [pairing.quality_stop, sap.movement, mes.movement, qms.disposition, sap.unit_conversion]
workflow: stock-restriction
settle: 1h
local: batch
evidence:
  - {table: sap.movement, match: {material: material, batch: batch, order_no: order_no}, where: "kind = 'consumption'"}
  - {table: mes.movement, match: {material: material, batch: batch, order_no: order_no}, where: "kind = 'consumption'"}
  - {table: qms.hold, match: {material: material, batch: batch}}
  - {table: qms.disposition, match: {material: material, batch: batch}}
messages:
  - {workflows: [quality-hold, stock-restriction], match: {material: material, batch: batch}, only_explain: true}
  - {workflows: [quality-hold, stock-restriction], behind: qms.hold, match: {hold_id: hold_id}, only_explain: true}
--- */
-- The MES knows when something was used. SAP knows the posting day and when it was entered: what it posts happened before the earlier of the entry and the end of the day.
-- What takes a movement back counts at the moment of that movement.
WITH used_in_mes AS (
    SELECT m.system,
           m.plant,
           m.order_no,
           m.material,
           m.batch,
           m.movement_id,
           m.reference,
           m.handling_unit,
           m.serial_no,
           m.storage_location,
           m.bin,
           m.quantity,
           m.unit,
           m.catch_quantity,
           m.catch_unit,
           m.changed_at,
           m.problems,
           m.ambiguous,
           coalesce(o.occurred_at, m.occurred_at, m.changed_at) AS moment
    FROM mes.movement m
    LEFT JOIN (SELECT system, movement_id, min(coalesce(occurred_at, changed_at)) AS occurred_at FROM mes.movement GROUP BY system, movement_id) o
           ON o.system = m.system AND o.movement_id = m.reverses
    WHERE m.kind = 'consumption' AND m.batch IS NOT NULL
),
used_in_sap AS (
    SELECT m.system,
           m.plant,
           m.order_no,
           m.material,
           m.batch,
           m.movement_id,
           m.reference,
           m.handling_unit,
           m.serial_no,
           m.storage_location,
           m.bin,
           m.quantity,
           m.unit,
           m.catch_quantity,
           m.catch_unit,
           m.changed_at,
           m.problems,
           m.ambiguous,
           coalesce(o.moment, least(m.changed_at, m.occurred_at + INTERVAL '1' DAY)) AS moment
    FROM sap.movement m
    LEFT JOIN (SELECT system, movement_id, min(least(changed_at, occurred_at + INTERVAL '1' DAY)) AS moment FROM sap.movement GROUP BY system, movement_id) o
           ON o.system = m.system AND o.movement_id = m.reverses
    WHERE m.kind = 'consumption' AND m.batch IS NOT NULL
),
-- Of an event that both have, the MES's time counts; so it does for what SAP posted without naming an event, where the MES recorded the same use.
reported AS (
    SELECT system, order_no, material, batch, reference FROM used_in_mes GROUP BY system, order_no, material, batch, reference
),
recorded AS (
    SELECT system, order_no, material, batch FROM used_in_mes GROUP BY system, order_no, material, batch
),
used AS (
    SELECT 'mes' AS side, * FROM used_in_mes
    UNION ALL
    SELECT 'sap', s.*
    FROM used_in_sap s
    LEFT JOIN reported r
           ON r.system = s.system AND r.order_no IS NOT DISTINCT FROM s.order_no AND r.material = s.material AND r.batch = s.batch AND r.reference = s.reference
    LEFT JOIN recorded d
           ON d.system = s.system AND d.order_no IS NOT DISTINCT FROM s.order_no AND d.material = s.material AND d.batch = s.batch AND s.reference IS NULL
    WHERE r.material IS NULL AND d.material IS NULL
),
-- Several sources of one system may hold the same material; its conversions count once, and where they differ none of them does.
conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor, min(base_unit) AS base_unit,
           bool_or(nominal) AS nominal
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
-- One row a movement, whatever number of holds lay on it. A hold on a part of the quantity does not say which part was used.
one AS (
    SELECT u.side,
           u.system,
           u.plant,
           u.order_no,
           u.material,
           u.batch,
           u.movement_id,
           min(u.moment) AS moment,
           max(u.quantity) AS quantity,
           max(u.unit) AS unit,
           -- What was weighed stands; an average is good enough to say how much it was, since that it was used at all is the finding.
           max(CASE WHEN abs(coalesce(u.catch_quantity * w.factor, u.quantity * c.factor)) < 1000000000000
                        THEN CAST(coalesce(u.catch_quantity * w.factor, u.quantity * c.factor) AS DECIMAL(18, 6)) END) AS base_quantity,
           max(coalesce(w.base_unit, c.base_unit)) AS base_unit,
           greatest(max(u.changed_at), max(h.changed_at)) AS changed_at,
           CASE
               WHEN min(u.problems) IS NOT NULL THEN concat('unreadable: ', min(u.problems))
               WHEN bool_or(u.ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS use_not_evaluated,
           count(*) FILTER (WHERE h.reference IS NOT NULL) > 0 AS touched,
           count(*) FILTER (WHERE h.not_evaluated IS NULL AND u.moment >= h.surely_since) > 0 AS held,
           min(CASE WHEN h.not_evaluated IS NOT NULL THEN h.not_evaluated
                    WHEN u.moment < h.surely_since THEN concat('hold ', h.reference, ' does not say since when') END) AS hold_not_evaluated,
           min(h.reference) FILTER (WHERE h.not_evaluated IS NULL AND u.moment >= h.surely_since) AS hold_id
    FROM used u
    LEFT JOIN conversion c ON c.system = u.system AND c.material = u.material AND c.unit = u.unit
    LEFT JOIN conversion w ON w.system = u.system AND w.material = u.material AND w.unit = u.catch_unit AND (w.unit = w.base_unit OR NOT w.nominal)
    LEFT JOIN pairing.quality_stop h
           ON h.side = 'hold' AND h.system = u.system AND h.plant = u.plant AND h.material = u.material AND h.batch = u.batch
              AND (h.since IS NULL OR u.moment >= h.since) AND (h.until IS NULL OR u.moment < h.until)
              AND (h.scope = 'batch' OR h.not_evaluated IS NOT NULL
                   OR (h.scope = 'container' AND h.handling_unit = u.handling_unit)
                   OR (h.scope = 'serial' AND h.serial_no = u.serial_no)
                   OR (h.scope = 'location' AND h.storage_location = u.storage_location AND (h.bin IS NULL OR h.bin = u.bin)))
    GROUP BY u.side, u.system, u.plant, u.order_no, u.material, u.batch, u.movement_id
),
consumed AS (
    SELECT system,
           plant,
           order_no,
           material,
           batch,
           max(changed_at) AS changed_at,
           -- The sign is known without a conversion as long as nothing was taken back.
           coalesce(sum(coalesce(base_quantity, quantity)) FILTER (WHERE held), 0) AS amount,
           CASE WHEN count(*) FILTER (WHERE held AND base_quantity IS NULL) = 0 THEN sum(base_quantity) FILTER (WHERE held) END AS quantity,
           sum(base_quantity) FILTER (WHERE held AND side = 'sap') AS sap_quantity,
           sum(base_quantity) FILTER (WHERE held AND side = 'mes') AS mes_quantity,
           min(moment) FILTER (WHERE held AND quantity > 0 AND side = 'sap') AS sap_first_at,
           min(moment) FILTER (WHERE held AND quantity > 0 AND side = 'mes') AS mes_first_at,
           max(moment) FILTER (WHERE held) AS last_at,
           max(base_unit) AS unit,
           min(hold_id) AS hold_id,
           coalesce(min(use_not_evaluated) FILTER (WHERE touched),
                    CASE WHEN bool_or(held AND quantity < 0) AND bool_or(held AND base_quantity IS NULL)
                             THEN concat('no conversion from ', coalesce(min(unit) FILTER (WHERE held AND base_quantity IS NULL), 'no unit'), ' for ', material)
                    END) AS not_evaluated,
           min(hold_not_evaluated) AS hold_not_evaluated
    FROM one
    GROUP BY system, plant, order_no, material, batch
),
-- Quality has looked at what was used, or at what became of it.
assessed_batch AS (
    SELECT system, plant, material, batch, order_no, max(decided_at) AS decided_at
    FROM qms.disposition
    WHERE kind = 'assessment' AND problems IS NULL AND NOT ambiguous
    GROUP BY system, plant, material, batch, order_no
),
assessed_order AS (
    SELECT system, plant, order_no, max(decided_at) AS decided_at FROM assessed_batch WHERE order_no IS NOT NULL GROUP BY system, plant, order_no
)
SELECT c.system,
       c.plant,
       c.material,
       c.batch,
       c.order_no,
       c.changed_at,
       coalesce(c.not_evaluated, CASE WHEN c.amount <= 0 THEN c.hold_not_evaluated END) AS not_evaluated,
       c.amount,
       c.quantity,
       c.unit,
       c.sap_quantity,
       c.sap_first_at,
       c.mes_quantity,
       c.mes_first_at,
       coalesce(b.decided_at >= c.last_at, false) OR coalesce(a.decided_at >= c.last_at, false) AS assessed,
       h.reference AS qms_hold_id,
       h.reason AS qms_reason,
       h.owner AS qms_owner,
       h.since AS qms_held_since,
       h.until AS qms_held_until
FROM consumed c
JOIN cut ON cut.system = c.system AND cut.plant = c.plant
LEFT JOIN pairing.quality_stop h
       ON h.side = 'hold' AND h.system = c.system AND h.plant = c.plant AND h.material = c.material AND h.batch = c.batch AND h.reference = c.hold_id
LEFT JOIN assessed_batch b ON b.system = c.system AND b.plant = c.plant AND b.material = c.material AND b.batch = c.batch AND b.order_no IS NULL
LEFT JOIN assessed_order a ON a.system = c.system AND a.plant = c.plant AND a.order_no = c.order_no
