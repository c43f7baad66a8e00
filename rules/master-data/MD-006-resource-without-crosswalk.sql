/* ---
id: MD-006
title: Resource is used under a name that no crosswalk knows
over: resource_code
severity: medium
owner: master-data
authority: "-"
judges: existence
rationale: Where nobody says which work centre of SAP a machine is, its orders, times and cases cannot be compared with SAP at all.
false_positives: A resource that has the same name in SAP needs no crosswalk. One that SAP does not have on purpose stands in the crosswalk without a code of SAP. Steps and orders of the MES alone are left out.
correction: Complete the crosswalk of resources, or correct the code of SAP in it.
since: 3
--- */
SELECT system,
       plant,
       side,
       resource,
       changed_at,
       not_evaluated,
       canonical_code AS sap_resource,
       CASE WHEN side = 'mes' THEN uses END AS mes_uses,
       CASE WHEN side = 'qms' THEN uses END AS qms_uses,
       knowledge AS sap_knowledge,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       moving AS in_flight
FROM pairing.resource_code
WHERE not_evaluated IS NOT NULL OR knowledge <> 'known'
