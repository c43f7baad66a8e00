/* ---
id: MD-009
title: Recipe executed is not approved for the order's production version
over: executed_recipe
severity: high
owner: quality-assurance
authority: site
judges: state
compares: [production_version.approved]
material: sap_material
yields_to:
  - {rule: MD-003, match: {order_no: order_no}}
rationale: A batch made by a recipe or master batch record that nobody approved for its production version cannot be released by its record.
false_positives: Only orders of which the MES names a recipe are judged. Approval counts from its moment on, and validity by the day in UTC on which the order began; an order that has not begun is held against today. A recipe version that was locked or deleted afterwards is told too where the extract has no history of it.
correction:
  text: Stop the order where it has not been completed, and open a deviation for what was made.
  action: qms.open-deviation
  fields: {material: sap_material}
since: 3
--- */
SELECT system,
       plant,
       order_no,
       changed_at,
       not_evaluated,
       sap_material,
       sap_production_version,
       mes_recipe,
       mes_recipe_version,
       mes_approval,
       mes_started,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       moving AS in_flight
FROM pairing.executed_recipe
WHERE not_evaluated IS NOT NULL OR mes_approval <> 'approved'
