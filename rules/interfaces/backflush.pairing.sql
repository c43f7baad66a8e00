/* ---
pairing: backflush
title: Goods movements of confirmations that SAP has not posted
key: [record]
from: [sap.message, sap.unit_conversion]
optional: [sap.unit_conversion]
workflow: message
settle: 30m
local: record
message: {match: {record: message_id}, where: kind = 'backflush'}
evidence:
  - {table: sap.message, match: {record: message_id}}
--- */
-- What waits without an error is posted by a job (CO1P, or the background job of COGI); what has one waits for somebody.
WITH conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor, min(base_unit) AS base_unit
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
record AS (
    SELECT m.system,
           m.plant,
           m.message_id AS record,
           max(m.changed_at) AS changed_at,
           min(CASE
                   WHEN m.problems IS NOT NULL THEN concat('unreadable: ', m.problems)
                   WHEN m.ambiguous THEN 'ambiguous: rows with equal keys differ'
                   WHEN m.status = 'pending' AND coalesce(m.sent_at, m.changed_at) IS NULL THEN 'nobody says since when it waits'
               END) AS not_evaluated,
           min(m.status) AS status,
           coalesce(min(m.reason), min(m.status_text)) AS reason,
           min(coalesce(m.sent_at, m.changed_at)) AS since,
           bool_and(coalesce(m.sent_at, m.changed_at) + m.service_level < c.cut) AS beyond_service_level,
           bool_or(m.moving) AS moving,
           min(m.order_no) AS order_no,
           min(m.confirmation) AS confirmation,
           min(m.material) AS material,
           min(m.batch) AS batch,
           min(m.storage_location) AS storage_location,
           min(m.movement_type) AS movement_type,
           min(m.quantity) AS entry_quantity,
           min(m.unit) AS entry_unit
    FROM sap.message m
    JOIN cut c ON c.system = m.system AND c.plant = m.plant
    WHERE m.kind = 'backflush'
    GROUP BY m.system, m.plant, m.message_id
)
SELECT r.system,
       r.plant,
       r.record,
       r.changed_at,
       r.not_evaluated,
       r.status,
       r.reason,
       r.since,
       r.status = 'failed' AS failed,
       r.status = 'pending' AND r.beyond_service_level AS overdue,
       r.moving,
       r.order_no,
       r.confirmation,
       r.material,
       r.batch,
       r.storage_location,
       r.movement_type,
       r.entry_quantity,
       r.entry_unit,
       -- Worth is told in the base unit; without a conversion the record is one all the same.
       CASE WHEN abs(r.entry_quantity * u.factor) < 1000000000000 THEN CAST(r.entry_quantity * u.factor AS DECIMAL(18, 6)) END AS quantity,
       u.base_unit AS unit
FROM record r
LEFT JOIN conversion u ON u.system = r.system AND u.material = r.material AND u.unit = r.entry_unit
