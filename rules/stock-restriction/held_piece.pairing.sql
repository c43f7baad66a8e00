/* ---
pairing: held_piece
title: Serial numbers and handling units on hold, and where they are available
key: [material, serial_no, handling_unit]
from: [pairing.quality_stop, sap.serial, mes.serial, wms.serial, sap.handling_unit, mes.handling_unit, wms.handling_unit, sap.unit_conversion]
across: [sap.serial, mes.serial, wms.serial, sap.handling_unit, mes.handling_unit, wms.handling_unit]
workflow: stock-restriction
settle: 1h
local: material
evidence:
  - {table: sap.serial, match: {material: material, serial_no: serial_no}}
  - {table: mes.serial, match: {material: material, serial_no: serial_no}}
  - {table: wms.serial, match: {material: material, serial_no: serial_no}}
  - {table: sap.handling_unit, match: {handling_unit: handling_unit}, where: handling_unit IS NOT NULL}
  - {table: mes.handling_unit, match: {handling_unit: handling_unit}, where: handling_unit IS NOT NULL}
  - {table: wms.handling_unit, match: {handling_unit: handling_unit}, where: handling_unit IS NOT NULL}
  - {table: qms.hold, match: {material: material, serial_no: serial_no, handling_unit: handling_unit}, where: "scope IN ('serial', 'container')"}
messages:
  - {workflows: [quality-hold, stock-restriction], match: {material: material, serial_no: serial_no}, only_explain: true}
  - {workflows: [quality-hold, stock-restriction], match: {handling_unit: handling_unit}, only_explain: true}
  - {workflows: [quality-hold, stock-restriction], behind: qms.hold, match: {hold_id: hold_id}, only_explain: true}
--- */
WITH open_hold AS (
    SELECT h.*,
           CASE WHEN h.scope = 'container' AND h.not_evaluated IS NULL THEN NULL ELSE h.serial_no END AS held_serial,
           CASE WHEN h.scope = 'serial' AND h.not_evaluated IS NULL THEN NULL ELSE h.handling_unit END AS held_unit
    FROM pairing.quality_stop h
    JOIN cut c ON c.system = h.system AND c.plant = h.plant
    WHERE (h.until IS NULL OR h.until > c.cut)
      AND (h.scope IN ('serial', 'container') OR (h.not_evaluated IS NOT NULL AND (h.serial_no IS NOT NULL OR h.handling_unit IS NOT NULL)))
),
held AS (
    SELECT system,
           plant,
           material,
           held_serial AS serial_no,
           held_unit AS handling_unit,
           min(reference) AS hold_id,
           min(reason) AS reason,
           min(owner) AS owner,
           min(since) AS since,
           bool_and(moving) AS moving,
           max(changed_at) AS changed_at,
           CASE
               WHEN held_serial IS NULL AND held_unit IS NULL THEN concat('unreadable: hold ', min(reference), ' names no serial number or handling unit')
               WHEN count(*) = count(not_evaluated) THEN min(not_evaluated)
           END AS not_evaluated
    FROM open_hold
    GROUP BY system, plant, material, held_serial, held_unit
),
-- A serial number is one thing in the whole system, and so is a handling unit: where it lies does not matter.
piece AS (
    SELECT 'sap' AS side, system, material, serial_no, CAST(NULL AS VARCHAR) AS handling_unit, available, CAST(1 AS DECIMAL(18, 6)) AS quantity, CAST(NULL AS VARCHAR) AS unit,
           storage_location, delivery, changed_at, moving, problems, ambiguous
    FROM sap.serial
    UNION ALL
    SELECT 'mes', system, material, serial_no, NULL, available, 1, NULL, storage_location, delivery, changed_at, moving, problems, ambiguous FROM mes.serial
    UNION ALL
    SELECT 'wms', system, material, serial_no, NULL, available, 1, NULL, storage_location, delivery, changed_at, moving, problems, ambiguous FROM wms.serial
),
unit_of AS (
    SELECT 'sap' AS side, * FROM sap.handling_unit
    UNION ALL
    SELECT 'mes', * FROM mes.handling_unit
    UNION ALL
    SELECT 'wms', * FROM wms.handling_unit
),
-- A held handling unit holds what is packed in it. Where the system does not say what is available, the stock type does.
packed AS (
    SELECT side, system, material, handling_unit, coalesce(available, stock_type = '01') AS available, quantity, unit, storage_location, delivery, changed_at, moving,
           problems, ambiguous
    FROM unit_of
    WHERE material IS NOT NULL OR problems IS NOT NULL
    UNION ALL
    SELECT side, system, material, parent, coalesce(available, stock_type = '01'), quantity, unit, storage_location, delivery, changed_at, moving, problems, ambiguous
    FROM unit_of
    WHERE material IS NOT NULL OR problems IS NOT NULL
),
conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor, min(base_unit) AS base_unit
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
based AS (
    SELECT system, material, min(base_unit) AS base_unit FROM conversion GROUP BY system, material
),
found AS (
    SELECT h.system, h.plant, h.material, h.serial_no, h.handling_unit, p.side, p.available, p.quantity, p.storage_location, p.delivery, p.changed_at, p.moving, p.problems,
           p.ambiguous
    FROM held h
    JOIN piece p ON p.system = h.system AND p.material = h.material AND p.serial_no = h.serial_no
    UNION ALL
    SELECT h.system, h.plant, h.material, h.serial_no, h.handling_unit, u.side, u.available,
           CASE WHEN u.material = h.material AND abs(u.quantity * c.factor) < 1000000000000 THEN CAST(u.quantity * c.factor AS DECIMAL(18, 6)) END,
           u.storage_location, u.delivery, u.changed_at, u.moving, u.problems, u.ambiguous
    FROM held h
    JOIN packed u ON u.system = h.system AND u.handling_unit = h.handling_unit
    LEFT JOIN conversion c ON c.system = u.system AND c.material = u.material AND c.unit = u.unit
),
-- The same goods are told by several systems: their quantity is that of the side that offers most.
on_side AS (
    SELECT system,
           plant,
           material,
           serial_no,
           handling_unit,
           side,
           bool_or(available) AS available,
           CASE WHEN max(serial_no) IS NOT NULL THEN max(quantity) ELSE sum(quantity) FILTER (WHERE available) END AS quantity,
           min(storage_location) FILTER (WHERE available) AS storage_location,
           min(delivery) FILTER (WHERE available) AS delivery,
           bool_and(moving) FILTER (WHERE available) AS moving,
           max(changed_at) AS changed_at,
           min(CASE
                   WHEN problems IS NOT NULL THEN concat('unreadable: ', problems)
                   WHEN ambiguous THEN 'ambiguous: rows with equal keys differ'
               END) AS not_evaluated
    FROM found
    GROUP BY system, plant, material, serial_no, handling_unit, side
),
offered AS (
    SELECT system,
           plant,
           material,
           serial_no,
           handling_unit,
           bool_or(available) FILTER (WHERE side = 'sap') AS sap_available,
           bool_or(available) FILTER (WHERE side = 'mes') AS mes_available,
           bool_or(available) FILTER (WHERE side = 'wms') AS wms_available,
           -- What one side cannot say takes nothing away from what another says clearly.
           count(*) FILTER (WHERE available AND not_evaluated IS NULL) > 0 AS available,
           max(quantity) AS quantity,
           min(storage_location) FILTER (WHERE side = 'sap') AS sap_storage_location,
           min(storage_location) FILTER (WHERE side = 'mes') AS mes_storage_location,
           min(storage_location) FILTER (WHERE side = 'wms') AS wms_storage_location,
           min(delivery) AS delivery,
           bool_and(moving) AS moving,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated
    FROM on_side
    GROUP BY system, plant, material, serial_no, handling_unit
)
SELECT h.system,
       h.plant,
       h.material,
       h.serial_no,
       h.handling_unit,
       greatest(h.changed_at, o.changed_at) AS changed_at,
       CASE
           WHEN h.serial_no IS NULL AND h.handling_unit IS NULL THEN h.not_evaluated
           WHEN o.available THEN h.not_evaluated
           ELSE o.not_evaluated
       END AS not_evaluated,
       o.available,
       coalesce(o.sap_available, false) AS sap_available,
       coalesce(o.mes_available, false) AS mes_available,
       coalesce(o.wms_available, false) AS wms_available,
       o.sap_storage_location,
       o.mes_storage_location,
       o.wms_storage_location,
       -- Whoever tells it, the number is SAP's.
       o.delivery AS sap_delivery,
       o.quantity,
       b.base_unit AS unit,
       h.moving OR coalesce(o.moving, false) AS moving,
       h.hold_id AS qms_hold_id,
       h.reason AS qms_reason,
       h.owner AS qms_owner,
       h.since AS qms_held_since
FROM held h
LEFT JOIN offered o
       ON o.system = h.system AND o.plant = h.plant AND o.material = h.material AND o.serial_no IS NOT DISTINCT FROM h.serial_no
          AND o.handling_unit IS NOT DISTINCT FROM h.handling_unit
LEFT JOIN based b ON b.system = h.system AND b.material = h.material
