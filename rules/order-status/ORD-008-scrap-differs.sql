/* ---
id: ORD-008
title: Confirmed scrap or rework differs between the MES and SAP
over: confirmed_quantity
severity: medium
owner: production-control
authority: mes
judges: quantity
compares:
  confirmation.scrap_quantity: sap_scrap <> mes_scrap
  confirmation.rework_quantity: sap_rework <> mes_rework
material: sap_material
params:
  abs_tol: 0.001
  rel_tol: 0.005
yields_to:
  - {rule: ORD-014, match: {order_no: order_no}}
  - {rule: ORD-003, match: {order_no: order_no}}
  - {rule: ORD-013, match: {order_no: order_no}}
  - {rule: ORD-004, match: {order_no: order_no}}
  - {rule: ORD-007, match: {order_no: order_no}}
messages:
  - {match: {order_no: order_no}}
  - {behind: mes.confirmation, match: {reference: reference}}
rationale: Scrap that SAP does not know is planned, costed and replaced as if it were good; rework that it does not know is never asked for.
false_positives: Scrap booked as a goods movement (551) is another matter, and is not counted here. Where the MES reports a milestone alone, SAP confirms the operations before it by itself, and the site names their control keys in control_keys_not_in_mes.
correction:
  text: Cancel the wrong confirmation and confirm the MES's scrap and rework.
  ways:
    # What one operation's confirmation has is not entered at another one.
    - action: sap.correct-confirmation
      when: mes_scrap + mes_rework > 0 AND sap_scrap_operation = mes_scrap_operation
      fields:
        operation_no: {rows: mes.confirmation, column: operation_no, where: cancelled IS NOT TRUE AND (scrap_quantity > 0 OR rework_quantity > 0)}
        confirmation: {rows: sap.confirmation, column: confirmation, where: cancelled IS NOT TRUE AND (scrap_quantity > 0 OR rework_quantity > 0)}
        scrap: mes_scrap
        rework: mes_rework
    - action: sap.correct-confirmation
      when: mes_scrap + mes_rework > 0
      fields:
        operation_no: {rows: mes.confirmation, column: operation_no, where: cancelled IS NOT TRUE AND (scrap_quantity > 0 OR rework_quantity > 0)}
        scrap: mes_scrap
        rework: mes_rework
    - action: sap.correct-confirmation
      when: mes_scrap + mes_rework = 0
      fields:
        operation_no: {rows: sap.confirmation, column: operation_no, where: cancelled IS NOT TRUE AND (scrap_quantity > 0 OR rework_quantity > 0)}
        confirmation: {rows: sap.confirmation, column: confirmation, where: cancelled IS NOT TRUE AND (scrap_quantity > 0 OR rework_quantity > 0)}
        scrap: mes_scrap
        rework: mes_rework
since: 2
--- */
-- Scrap and rework are two amounts of one confirmation: one finding says both, and it is in flight where each of them that differs may still arrive.
SELECT c.system,
       c.plant,
       c.order_no,
       c.changed_at,
       c.not_evaluated,
       c.sap_material,
       c.sap_scrap_settled AS sap_scrap,
       c.sap_rework_settled AS sap_rework,
       c.sap_rows,
       c.sap_scrap_operation,
       c.mes_scrap_operation,
       c.mes_scrap_settled AS mes_scrap,
       c.mes_rework_settled AS mes_rework,
       c.mes_rows,
       c.mes_scrap_settled + c.mes_rework_settled - c.sap_scrap_settled - c.sap_rework_settled AS difference,
       abs(c.mes_scrap_settled - c.sap_scrap_settled) + abs(c.mes_rework_settled - c.sap_rework_settled) AS quantity,
       c.unit,
       greatest(c.sap_scrap_low, c.mes_scrap_low)
           <= least(c.sap_scrap_high, c.mes_scrap_high) + greatest(p.abs_tol, p.rel_tol * abs(c.mes_scrap_settled))
       AND greatest(c.sap_rework_low, c.mes_rework_low)
           <= least(c.sap_rework_high, c.mes_rework_high) + greatest(p.abs_tol, p.rel_tol * abs(c.mes_rework_settled)) AS in_flight
FROM pairing.confirmed_quantity c
JOIN params p ON p.system = c.system AND p.plant = c.plant
WHERE c.not_evaluated IS NOT NULL
   OR abs(c.mes_scrap_settled - c.sap_scrap_settled) > greatest(p.abs_tol, p.rel_tol * abs(c.mes_scrap_settled))
   OR abs(c.mes_rework_settled - c.sap_rework_settled) > greatest(p.abs_tol, p.rel_tol * abs(c.mes_rework_settled))
