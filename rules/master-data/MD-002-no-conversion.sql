/* ---
id: MD-002
title: Base unit differs, or no conversion between the units used
over: unit_use
severity: medium
owner: master-data
authority: sap
judges: existence
compares:
  material.base_unit: sap_finding <> 'no conversion'
  unit_conversion.factor: sap_finding = 'no conversion'
rationale: A quantity in a unit that SAP cannot convert is compared with nothing, and every rule about the material stays silent for it.
false_positives: A material that SAP does not have is told by MD-001. The ISO code of a unit is the same unit. Another base unit that SAP converts is told only where the other system keeps a list of materials.
correction:
  text: Maintain the conversion of the unit at the material, or correct the unit where it was never meant.
  action: sap.maintain-conversion
  when: sap_finding = 'no conversion'
since: 3
--- */
SELECT system,
       plant,
       material,
       unit_from,
       unit_to,
       changed_at,
       not_evaluated,
       factor AS sap_factor,
       finding AS sap_finding,
       uses AS mes_uses,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       moving AS in_flight
FROM pairing.unit_use
WHERE not_evaluated IS NOT NULL OR finding <> 'converts'
