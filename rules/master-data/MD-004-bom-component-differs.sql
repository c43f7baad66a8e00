/* ---
id: MD-004
title: Component of a BOM is missing, extra or another quantity in the MES
over: bom_component
severity: high
owner: master-data
authority: sap
judges: state
compares: [bom_item.quantity]
rationale: What the MES asks the line to add is not what SAP plans, buys and costs; every order made of the list repeats the mistake.
false_positives: Revisions are compared by the change number; a list of a revision that SAP does not have is not judged. A component is summed over the whole list, so one that moved from an operation to another, or is split between two, is no difference, since SAP keeps the operation of an item apart from the BOM, with the routing (PLMZ). Phantom and bulk items of either side are left out. Only lists that the MES holds are demanded of it.
correction:
  text: Send the BOM to the MES again.
  action: sap.resend-bom
since: 3
--- */
SELECT system,
       plant,
       material,
       revision,
       component,
       changed_at,
       not_evaluated,
       sap_quantity,
       mes_quantity,
       alternative AS sap_alternative,
       deviation AS mes_deviation,
       coalesce(mes_quantity, 0) - coalesce(sap_quantity, 0) AS difference,
       sap_quantity AS quantity,
       unit,
       moving AS in_flight
FROM pairing.bom_component
WHERE not_evaluated IS NOT NULL OR deviation IS NOT NULL
