/* ---
id: GEN-003
title: Produced batch without any input batch
over: produced_batch
severity: high
owner: quality-assurance
authority: "-"
judges: existence
yields_to:
  # SAP has no input because none was issued, the MES because none was recorded.
  - {rule: CON-002, match: {sap_order_no: order_no}}
  - {rule: CON-003, match: {mes_order_no: order_no}}
messages:
  - {workflows: [goods-movement], match: {sap_order_no: order_no}, where: "movement_type = '261'"}
rationale: A recall of any of its raw materials does not find this batch, and a complaint about it leads nowhere.
false_positives: >-
  An output received before its components are issued, where they are backflushed at the end. Products made of bulk material alone, where the component list does not mark it.
correction: Complete the record with the batches that went in.
since: 1
--- */
SELECT system,
       plant,
       side,
       material,
       batch,
       changed_at,
       not_evaluated,
       CASE WHEN side = 'sap' THEN order_no ELSE 'none' END AS sap_order_no,
       CASE WHEN side = 'sap' THEN settled END AS sap_quantity,
       CASE WHEN side = 'mes' THEN order_no ELSE 'none' END AS mes_order_no,
       CASE WHEN side = 'mes' THEN settled END AS mes_quantity,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       settled AS quantity,
       unit,
       low <= 0 AS in_flight
FROM pairing.produced_batch
WHERE not_evaluated IS NOT NULL
   OR (settled > 0 AND links = 0)
