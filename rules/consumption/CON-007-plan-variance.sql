/* ---
id: CON-007
title: Consumption differs from what the yield achieved needs
over: component_plan
severity: medium
owner: production-control
authority: "-"
judges: quantity
params:
  abs_tol: 0.001
  rel_tol: 0.05
  min_value: 50
yields_to:
  - {rule: GEN-009, match: {order_no: order_no, component: component}}
  - {rule: CON-011, match: {order_no: order_no, component: component}}
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
       c.actual - c.expected AS difference,
       abs(c.actual - c.expected) AS quantity,
       c.unit,
       c.order_moving
           OR (c.actual_low <= c.expected + greatest(p.abs_tol, p.rel_tol * c.expected)
               AND c.actual_high >= c.expected - greatest(p.abs_tol, p.rel_tol * c.expected)) AS in_flight
FROM pairing.component_plan c
JOIN params p ON p.system = c.system AND p.plant = c.plant
WHERE c.delivered AND c.alternative_group IS NULL
  AND (c.not_evaluated IS NOT NULL
       OR c.unplanned IS NOT NULL
       OR (abs(c.actual - c.expected) > greatest(p.abs_tol, p.rel_tol * c.expected)
           AND coalesce(abs(c.actual - c.expected) * c.price >= p.min_value, true)))
