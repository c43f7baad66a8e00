/* ---
id: CON-012
title: Consumed material that is neither a component of the order nor an approved substitute
over: consumed_material
severity: high
owner: production-control
authority: sap
judges: existence
compares: [component.material]
yields_to:
  # SAP alone has it: then the posting is what is wrong.
  - {rule: CON-003, match: {order_no: order_no, sap_material: component}}
rationale: The product is not what its specification says, even where both systems agree about it.
false_positives: >-
  Auxiliaries that an order takes without a reservation. A substitute that was approved on paper alone. A component that was taken out of the order after it was used, before
  the order was completed technically.
correction:
  text: Open a deviation, or have the substitute approved for the order.
  action: qms.open-deviation
since: 1
--- */
SELECT system,
       plant,
       order_no,
       material,
       changed_at,
       not_evaluated,
       sap_settled AS sap_quantity,
       sap_rows,
       CASE WHEN mes_rows = 0 THEN material ELSE 'none' END AS sap_material,
       mes_settled AS mes_quantity,
       mes_rows,
       mes_case_no,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       greatest(sap_settled, mes_settled) AS quantity,
       unit,
       sap_low <= 0 AND mes_low <= 0 AS in_flight
FROM pairing.consumed_material
WHERE not_evaluated IS NOT NULL
   OR ((sap_settled > 0 OR mes_settled > 0) AND NOT approved AND NOT by_deviation)
