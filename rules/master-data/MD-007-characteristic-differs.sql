/* ---
id: MD-007
title: Inspection characteristic is missing or has other limits in SAP or the quality system
over: plan_characteristic
severity: high
owner: quality-assurance
authority: site
judges: state
compares:
  characteristic.characteristic: sap_present <> qms_present
  characteristic.kind: sap_present AND qms_present AND sap_kind IS DISTINCT FROM qms_kind
  characteristic.unit: sap_present AND qms_present AND sap_unit IS DISTINCT FROM qms_unit
  characteristic.lower_limit: sap_present AND qms_present AND sap_lower_limit IS DISTINCT FROM qms_lower_limit
  characteristic.upper_limit: sap_present AND qms_present AND sap_upper_limit IS DISTINCT FROM qms_upper_limit
  characteristic.sample_size: sap_present AND qms_present AND sap_sample_size <> qms_sample_size
params:
  fields: [kind, unit, limits, sample size]
rationale: A result is accepted by the limits of the system in which it is judged; where the two differ, the same value passes in one and fails in the other.
false_positives: Characteristics that the quality system marks as not transferred are not asked of SAP. Sizes of samples are compared only where both plans name one, since SAP calculates them for each lot. Targets are shown, not compared, unless a site adds "target" to fields. Names are joined by the crosswalk of characteristics.
correction: Align the plan with the specification that is in force, in the system that has the wrong one.
since: 3
--- */
SELECT c.system,
       c.plant,
       c.material,
       c.characteristic,
       c.changed_at,
       c.not_evaluated,
       c.in_sap AS sap_present,
       c.sap_kind,
       c.sap_unit,
       c.sap_target,
       c.sap_lower_limit,
       c.sap_upper_limit,
       c.sap_sample_size,
       c.in_qms AS qms_present,
       c.qms_kind,
       c.qms_unit,
       c.qms_target,
       c.qms_lower_limit,
       c.qms_upper_limit,
       c.qms_sample_size,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       c.moving AS in_flight
FROM pairing.plan_characteristic c
JOIN params p ON p.system = c.system AND p.plant = c.plant
WHERE (c.in_sap OR NOT c.qms_stays)
  AND (c.not_evaluated IS NOT NULL
       OR NOT c.in_sap
       OR NOT c.in_qms
       OR (list_contains(p.fields, 'kind') AND c.sap_kind IS DISTINCT FROM c.qms_kind)
       OR (list_contains(p.fields, 'unit') AND c.sap_unit IS DISTINCT FROM c.qms_unit)
       OR (list_contains(p.fields, 'limits') AND (c.sap_lower_limit IS DISTINCT FROM c.qms_lower_limit OR c.sap_upper_limit IS DISTINCT FROM c.qms_upper_limit))
       OR (list_contains(p.fields, 'target') AND c.sap_target IS DISTINCT FROM c.qms_target)
       OR (list_contains(p.fields, 'sample size') AND c.sap_sample_size <> c.qms_sample_size))
