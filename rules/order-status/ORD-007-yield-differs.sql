/* ---
id: ORD-007
title: Good quantity of an order differs between the MES and SAP's confirmations
over: confirmed_quantity
severity: medium
owner: production-control
authority: mes
judges: quantity
compares: [confirmation.yield_quantity]
material: sap_material
params:
  abs_tol: 0.001
  rel_tol: 0.005
yields_to:
  - {rule: ORD-014, match: {order_no: order_no}}
  - {rule: ORD-003, match: {order_no: order_no}}
  - {rule: ORD-013, match: {order_no: order_no, sap_last_operation: sap_operation_no}}
  - {rule: ORD-011, match: {order_no: order_no, sap_last_operation: operation_no}}
  - {rule: ORD-004, match: {order_no: order_no}}
messages:
  - {match: {order_no: order_no, sap_last_operation: operation_no}}
rationale: Costs, activities and backflushed components follow the confirmed yield, and so does what planning believes to be there.
false_positives: Yield is that of the last operation of the standard sequence. A site that reports good pieces at an earlier counting point differs from it by what is lost after that.
correction:
  text: Cancel the wrong confirmation of the last operation and confirm the MES's good quantity.
  action: sap.correct-confirmation
  fields:
    operation_no: sap_last_operation
    confirmation: {rows: sap.confirmation, column: confirmation, match: {sap_last_operation: operation_no}, where: cancelled IS NOT TRUE}
    sap_value: sap_yield
    yield: mes_yield
since: 2
--- */
SELECT c.system,
       c.plant,
       c.order_no,
       c.changed_at,
       c.not_evaluated,
       c.sap_material,
       c.sap_yield_settled AS sap_yield,
       c.sap_last_operation,
       c.sap_rows,
       c.mes_yield_settled AS mes_yield,
       c.mes_rows,
       c.mes_yield_settled - c.sap_yield_settled AS difference,
       abs(c.mes_yield_settled - c.sap_yield_settled) AS quantity,
       c.unit,
       greatest(c.sap_yield_low, c.mes_yield_low)
           <= least(c.sap_yield_high, c.mes_yield_high) + greatest(p.abs_tol, p.rel_tol * abs(c.mes_yield_settled)) AS in_flight
FROM pairing.confirmed_quantity c
JOIN params p ON p.system = c.system AND p.plant = c.plant
WHERE c.not_evaluated IS NOT NULL
   OR abs(c.mes_yield_settled - c.sap_yield_settled) > greatest(p.abs_tol, p.rel_tol * abs(c.mes_yield_settled))
