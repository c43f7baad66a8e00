/* ---
pairing: unit_use
title: Units that materials are counted in outside SAP
key: [material, unit_from, unit_to]
from: [sap.material, sap.unit_conversion, mes.movement, mes.component, mes.material, qms.hold, qms.material, wms.stock]
optional: [mes.material, qms.hold, qms.material, wms.stock]
plant: none
workflow: master-data
settle: 24h
local: material
evidence:
  - {table: sap.unit_conversion, match: {material: material}}
  - {table: sap.material, match: {material: material}}
  - {table: mes.movement, match: {material: material, unit_from: unit}}
  - {table: mes.component, match: {material: material, unit_from: unit}}
  - {table: qms.hold, match: {material: material, unit_from: unit}}
  - {table: wms.stock, match: {material: material, unit_from: unit}}
--- */
-- A unit belongs to no plant: what any of them counts in has to convert into the base unit of SAP. Materials that SAP does not have are MD-001's.
WITH base AS (
    SELECT s.system, s.material, min(s.base_unit) AS base_unit, min(s.base_unit) <> max(s.base_unit) OR bool_or(s.ambiguous) AS ambiguous, min(s.problems) AS problems
    FROM sap.material s
    JOIN cut ON cut.system = s.system
    GROUP BY s.system, s.material
),
used AS (
    SELECT system, material, unit, false AS as_base, changed_at, moving FROM mes.movement
    UNION ALL
    SELECT system, material, unit, false, changed_at, moving FROM mes.component
    UNION ALL
    SELECT system, material, unit, false, changed_at, moving FROM qms.hold
    UNION ALL
    SELECT system, material, unit, false, changed_at, moving FROM wms.stock
    UNION ALL
    SELECT system, material, base_unit, true, changed_at, moving FROM mes.material
    UNION ALL
    SELECT system, material, base_unit, true, changed_at, moving FROM qms.material
),
summed AS (
    SELECT system, material, unit, max(changed_at) AS changed_at, count(*) AS uses, bool_or(as_base) AS as_base,
           bool_and(moving) AS moving, bool_and(moving) FILTER (WHERE as_base) AS base_moving
    FROM used
    WHERE unit IS NOT NULL
    GROUP BY system, material, unit
),
-- An ISO code is another name of the same unit: of factor 1.
conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor, min(factor) <> max(factor) OR bool_or(ambiguous) AS ambiguous,
           min(problems) AS problems
    FROM sap.unit_conversion
    GROUP BY system, material, unit
)
SELECT u.system,
       '*' AS plant,
       u.material,
       u.unit AS unit_from,
       b.base_unit AS unit_to,
       u.changed_at,
       CASE
           WHEN b.problems IS NOT NULL OR c.problems IS NOT NULL THEN concat('unreadable: ', coalesce(b.problems, c.problems))
           WHEN b.ambiguous OR c.ambiguous THEN 'ambiguous: rows with equal keys differ'
       END AS not_evaluated,
       c.factor,
       u.uses,
       CASE
           WHEN c.factor IS NULL THEN 'no conversion'
           WHEN u.as_base AND c.factor <> 1 THEN 'another base unit'
           ELSE 'converts'
       END AS finding,
       CASE WHEN c.factor IS NULL THEN u.moving ELSE u.base_moving END AS moving
FROM summed u
JOIN base b ON b.system = u.system AND b.material = u.material
LEFT JOIN conversion c ON c.system = u.system AND c.material = u.material AND c.unit = u.unit
