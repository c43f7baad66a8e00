/* ---
id: GEN-008
title: Serial number in two places at once, or produced twice
over: serial_number
severity: high
owner: quality-assurance
authority: mes
judges: state
compares: [serial.order_no, serial.parent_serial_no]
rationale: Two things carry one name, or one thing two histories; a recall finds one of them.
false_positives: >-
  A unit that was taken apart or came back and was built again lawfully shows it by the time at which it was taken out, or by a rework order; where the MES records
  neither, it appears here.
correction:
  text: Find both records, and correct the one that is wrong.
  action: mes.correct-record
  fields: {order_no: mes_order_no}
since: 1
--- */
SELECT system,
       plant,
       material,
       serial_no,
       changed_at,
       not_evaluated,
       mes_order_no,
       mes_other_order_no,
       mes_parent,
       mes_other_parent,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       moving AS in_flight
FROM pairing.serial_number
WHERE not_evaluated IS NOT NULL OR contradicted
