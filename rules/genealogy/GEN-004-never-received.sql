/* ---
id: GEN-004
title: Consumed batch that was never received or produced
over: batch_balance
severity: high
owner: quality-assurance
authority: "-"
judges: existence
yields_to:
  # One missing receipt: of the batch, or of the order that made it.
  - {rule: ORD-009, match: {material: material, batch: batch}}
  - {rule: ORD-004, match: {sap_produced_by: order_no}}
  # A batch that one side alone consumed, for another one: the mistake is in the consumption.
  - {rule: CON-003, match: {sap_order_no: order_no, material: component, batch: batch}}
  - {rule: CON-002, match: {mes_order_no: order_no, material: component, batch: batch}}
messages:
  - {workflows: [goods-movement], match: {material: material, batch: batch}, where: "movement_type IN ('101', '131', '531')"}
rationale: Nobody can say where the material came from, who supplied it or whether it was ever inspected; a recall stops at it.
false_positives: >-
  A batch number mistyped at the line, which is a finding of its own. Stock taken over at the start of SAP without a batch record of that day. A batch that was received in
  another system or plant and moved here by a posting that names neither.
correction: Find the receipt; post it, or correct the batch of the consumption.
since: 1
--- */
SELECT b.system,
       b.plant,
       b.side,
       b.material,
       b.batch,
       b.changed_at,
       coalesce(b.not_evaluated, CASE WHEN b.before_history THEN 'before history' END) AS not_evaluated,
       CASE WHEN b.side = 'sap' THEN b.consumed_settled END AS sap_quantity,
       CASE WHEN b.side = 'sap' THEN coalesce(b.consuming_order, 'several') END AS sap_order_no,
       CASE WHEN b.side = 'mes' THEN b.consumed_settled END AS mes_quantity,
       CASE WHEN b.side = 'mes' THEN coalesce(b.consuming_order, 'several') END AS mes_order_no,
       coalesce(b.producing_order, 'unknown') AS sap_produced_by,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       b.consumed_settled AS quantity,
       b.unit,
       b.consumed_low <= 0 AS in_flight
FROM pairing.batch_balance b
WHERE b.consumed_settled > 0
  AND (b.not_evaluated IS NOT NULL OR b.came <= 0)
