/* ---
id: STK-016
title: Held serial number or handling unit available
over: held_piece
severity: critical
owner: quality-assurance
authority: qms
judges: state
compares:
  serial.available: serial_no IS NOT NULL
  handling_unit.available: handling_unit IS NOT NULL
rationale: A single piece or container is held because of what is wrong with just that one. As long as any system calls it available it can be used, picked or shipped.
false_positives: >-
  A handling unit that has left and that SAP still shows as it was packed. A system that knows no blocked pieces: keep it from saying that they are available. A hold that names both a
  serial number and its handling unit is about the one that its scope says.
correction:
  text: Block the serial number or handling unit, in each system that calls it available.
  ways:
    - {action: sap.block-serial, when: sap_available AND serial_no IS NOT NULL}
    - {action: wms.block-piece, when: wms_available}
    - {action: sap.block-handling-unit, when: sap_available AND serial_no IS NULL}
    - {action: mes.block-piece, when: mes_available}
  checks:
    - Each system that calls it available has to block it; the finding says which of them do.
since: 3
--- */
SELECT system,
       plant,
       material,
       serial_no,
       handling_unit,
       changed_at,
       not_evaluated,
       sap_available,
       sap_storage_location,
       sap_delivery,
       mes_available,
       mes_storage_location,
       wms_available,
       wms_storage_location,
       qms_hold_id,
       qms_reason,
       qms_owner,
       qms_held_since,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       quantity,
       unit,
       moving AND sap_delivery IS NULL AS in_flight
FROM pairing.held_piece
WHERE not_evaluated IS NOT NULL
   OR available
