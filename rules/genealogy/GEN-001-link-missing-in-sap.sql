/* ---
id: GEN-001
title: Trace link of the MES that SAP lacks
over: link
severity: high
owner: quality-assurance
authority: mes
judges: existence
compares: [genealogy_link.input_batch]
material: input_material
yields_to:
  - {rule: ORD-002, match: {order_no: order_no}}
  - {rule: ORD-003, match: {order_no: order_no}}
  # A link is missing because one of its ends is: first the input that SAP never issued, then the output that it never received.
  - {rule: CON-002, match: {order_no: order_no, input_material: component, input_batch: batch}}
  - {rule: ORD-009, match: {order_no: order_no, output_material: material, output_batch: batch}}
  - {rule: CON-008, match: {order_no: order_no, output_material: material}}
  - {rule: CON-005, match: {order_no: order_no, input_material: component}, rows: {table: sap.movement, match: {input_batch: batch}}}
  - {rule: CON-011, match: {order_no: order_no, input_material: component, input_batch: batch}}
  - {rule: CON-001, match: {order_no: order_no, input_material: component, input_batch: batch}}
  - {rule: CON-003, match: {order_no: order_no, input_material: component, input_batch: batch}}
rationale: On the day of a recall SAP finds only what it knows; a link it lacks is a customer who is not called.
false_positives: Inputs without batch management are lawful leaves and left out.
correction:
  text: Post the missing movement with its batch.
  action: sap.post-goods-issue
  fields:
    material: input_material
    batch: input_batch
    quantity: {rows: mes.genealogy_link, column: quantity}
    unit: {rows: mes.genealogy_link, column: unit}
  checks:
    - Has SAP issued the input under another batch, or without one? Then that posting is taken back first.
since: 1
--- */
SELECT system,
       plant,
       order_no,
       output_material,
       output_batch,
       input_material,
       input_batch,
       changed_at,
       not_evaluated,
       sap_linked,
       mes_linked_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       false AS in_flight
FROM pairing.link
WHERE not_evaluated IS NOT NULL
   OR (NOT sap_linked AND NOT mes_moving)
