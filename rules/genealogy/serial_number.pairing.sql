/* ---
pairing: serial_number
title: Serial numbers that the MES knows
key: [material, serial_no]
from: [mes.serial, mes.work_order]
across: [mes.serial, mes.work_order]
workflow: genealogy
settle: 2h
local: material
params:
  tolerance_minutes: 1
evidence:
  - {table: mes.serial, match: {material: material, serial_no: serial_no}}
--- */
-- A serial number is one thing in the whole system, so all plants are looked at for each.
WITH reworked AS (
    SELECT system, order_no, bool_or(coalesce(rework, false)) AS rework
    FROM mes.work_order
    GROUP BY system, order_no
),
-- Reworking is not making.
production AS (
    SELECT s.system, s.material, s.serial_no, s.order_no, min(s.produced_at) AS produced_at, bool_and(s.moving) AS moving
    FROM mes.serial s
    LEFT JOIN reworked r ON r.system = s.system AND r.order_no = s.order_no
    WHERE s.order_no IS NOT NULL AND NOT coalesce(r.rework, false)
    GROUP BY s.system, s.material, s.serial_no, s.order_no
),
-- Two productions are lawful where it was taken apart between them.
twice AS (
    SELECT a.system, a.material, a.serial_no, a.order_no, b.order_no AS other_order_no, a.moving OR b.moving AS moving
    FROM production a
    JOIN production b ON b.system = a.system AND b.material = a.material AND b.serial_no = a.serial_no AND a.order_no < b.order_no
    LEFT JOIN mes.serial apart
           ON apart.system = a.system AND apart.material = a.material AND apart.serial_no = a.serial_no
              AND apart.removed_at BETWEEN least(a.produced_at, b.produced_at) AND greatest(a.produced_at, b.produced_at)
              AND a.produced_at IS NOT NULL AND b.produced_at IS NOT NULL
    WHERE apart.serial_no IS NULL
),
place AS (
    SELECT s.system,
           s.material,
           s.serial_no,
           concat(coalesce(s.parent_material, ''), ' ', s.parent_serial_no) AS parent,
           s.installed_at,
           s.removed_at,
           s.moving,
           p.tolerance_minutes * INTERVAL '1' MINUTE AS tolerance
    FROM mes.serial s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE s.parent_serial_no IS NOT NULL
),
-- Where nobody knows when it was built in, it is in two places only while it is still in both.
at_once AS (
    SELECT a.system, a.material, a.serial_no, a.parent, b.parent AS other_parent, a.moving OR b.moving AS moving
    FROM place a
    JOIN place b
      ON b.system = a.system AND b.material = a.material AND b.serial_no = a.serial_no AND a.parent < b.parent
         AND (a.removed_at IS NULL OR b.installed_at + a.tolerance < a.removed_at)
         AND (b.removed_at IS NULL OR a.installed_at + a.tolerance < b.removed_at)
),
conflict AS (
    SELECT system, material, serial_no, order_no, other_order_no, CAST(NULL AS VARCHAR) AS parent, CAST(NULL AS VARCHAR) AS other_parent, moving FROM twice
    UNION ALL
    SELECT system, material, serial_no, CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), parent, other_parent, moving FROM at_once
),
contradicted AS (
    SELECT system,
           material,
           serial_no,
           min(order_no) AS order_no,
           max(other_order_no) AS other_order_no,
           min(parent) AS parent,
           max(other_parent) AS other_parent,
           bool_and(moving) AS moving
    FROM conflict
    GROUP BY system, material, serial_no
),
known AS (
    SELECT system,
           material,
           serial_no,
           max(changed_at) AS changed_at,
           min(CASE
                   WHEN problems IS NOT NULL THEN concat('unreadable: ', problems)
                   WHEN ambiguous THEN 'ambiguous: rows with equal keys differ'
               END) AS not_evaluated
    FROM mes.serial
    GROUP BY system, material, serial_no
),
present AS (
    SELECT s.system, s.plant, s.material, s.serial_no
    FROM mes.serial s
    JOIN cut ON cut.system = s.system AND cut.plant = s.plant
    GROUP BY s.system, s.plant, s.material, s.serial_no
)
SELECT p.system,
       p.plant,
       p.material,
       p.serial_no,
       k.changed_at,
       k.not_evaluated,
       c.order_no AS mes_order_no,
       c.other_order_no AS mes_other_order_no,
       c.parent AS mes_parent,
       c.other_parent AS mes_other_parent,
       c.serial_no IS NOT NULL AS contradicted,
       c.moving
FROM present p
JOIN known k ON k.system = p.system AND k.material = p.material AND k.serial_no = p.serial_no
LEFT JOIN contradicted c ON c.system = p.system AND c.material = p.material AND c.serial_no = p.serial_no
