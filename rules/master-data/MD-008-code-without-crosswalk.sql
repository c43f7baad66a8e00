/* ---
id: MD-008
title: Status, reason, defect or unit code is used that nobody has given a meaning
over: code_use
severity: medium
owner: master-data
authority: "-"
judges: existence
params:
  always: [status]
rationale: What a code means decides what is compared; one that nobody has translated makes its rows unreadable, or lets them pass unseen.
false_positives: Codes of units, reasons and defects are asked for only where the crosswalk of their system has entries of that list at all, or where a site names the list in always. A status is unknown where the shape of the extract does not have it. A unit is known where SAP has it for any material; whether it converts for the one in question is MD-002's, which tells it once for all plants.
correction: Complete the crosswalk of the system, or have the extract write a status by one of the words that its shape declares.
since: 3
--- */
SELECT c.system,
       c.plant,
       c.side,
       c.code_list,
       c.code,
       c.changed_at,
       c.not_evaluated,
       c.canonical_code AS sap_code,
       CASE WHEN c.side = 'mes' THEN c.uses END AS mes_uses,
       CASE WHEN c.side = 'qms' THEN c.uses END AS qms_uses,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       c.moving AS in_flight
FROM pairing.code_use c
JOIN params p ON p.system = c.system AND p.plant = c.plant
WHERE c.not_evaluated IS NOT NULL
   OR (c.unknown AND (c.list_translated OR list_contains(p.always, c.code_list)))
