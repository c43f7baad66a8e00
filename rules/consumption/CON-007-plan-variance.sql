/* ---
id: CON-007
title: Consumption differs from what the yield achieved needs
over: component_plan
severity: medium
owner: production-control
authority: "-"
judges: quantity
compares: [movement.quantity, component.required_quantity]
params:
  abs_tol: 0.001
  rel_tol: 0.05
  min_value: 50
yields_to:
  - {rule: GEN-009, match: {order_no: order_no, component: component}}
  - {rule: CON-011, match: {order_no: order_no, component: component}}
  # Where SAP is believed, what it failed to post is no variance of the line; and where it is open how much was made, so is what that needed.
  - {rule: CON-006, match: {order_no: order_no, sap_component: component}}
  - {rule: CON-001, match: {order_no: order_no, sap_component: component}}
  - {rule: CON-002, match: {order_no: order_no, sap_component: component}}
  - {rule: CON-003, match: {order_no: order_no, sap_component: component}}
  - {rule: ORD-009, match: {order_no: order_no}}
  - {rule: ORD-007, match: {order_no: order_no}}
rationale: Material that went somewhere, a recipe that is not kept to, or a list that is out of date; each costs money order by order.
false_positives: >-
  Orders planned with scrap of the product itself, where the yield leaves it out: widen the tolerance. Components that replace each other (alternative groups) are left
  out, and so is what is worth less than min_value in the plant's currency; what has no price is not.
correction: Look for the cause; nothing is posted.
since: 1
--- */
SELECT c.system,
       c.plant,
       c.order_no,
       c.component,
       c.changed_at,
       coalesce(c.not_evaluated, c.unplanned) AS not_evaluated,
       c.required AS sap_required,
       c.expected AS sap_expected,
       c.planned AS sap_planned,
       c.achieved AS sap_achieved,
       c.sap_settled AS sap_quantity,
       c.mes_settled AS mes_quantity,
       c.by_mes AS mes_believed,
       CASE WHEN c.by_mes THEN 'none' ELSE c.component END AS sap_component,
       c.actual - c.expected AS difference,
       abs(c.actual - c.expected) AS quantity,
       c.unit,
       c.order_moving
           OR (c.actual_low <= c.expected + greatest(p.abs_tol, p.rel_tol * c.expected)
               AND c.actual_high >= c.expected - greatest(p.abs_tol, p.rel_tol * c.expected)) AS in_flight
FROM pairing.component_plan c
JOIN params p ON p.system = c.system AND p.plant = c.plant
WHERE c.delivered AND c.alternative_group IS NULL AND NOT c.awaits_confirmation
  AND (c.not_evaluated IS NOT NULL
       OR c.unplanned IS NOT NULL
       OR (abs(c.actual - c.expected) > greatest(p.abs_tol, p.rel_tol * c.expected)
           AND coalesce(abs(c.actual - c.expected) * c.price >= p.min_value, true)))
