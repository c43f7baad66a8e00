/* ---
id: STK-011
title: Hold active in the quality system or in the MES alone
over: hold
severity: high
owner: quality-assurance
authority: qms
judges: state
compares: [hold.closed_at]
yields_to:
  - {rule: STK-002, match: {material: material, batch: batch}}
  - {rule: STK-001, match: {material: material, batch: batch}}
  - {rule: STK-012, match: {material: material, batch: batch}}
rationale: The MES lets a batch be scanned into the next order unless it knows of the hold; and a hold that it alone has keeps a batch back that nobody in quality looks at.
false_positives: >-
  An MES that keeps no holds at all lacks every one of them, and the rule has to be off; so does one that is told only of what it is about to use. Where the MES holds the whole
  batch and quality a part of it, the MES is on the safe side. Holds that name no batch are left out.
correction:
  text: Place quality's hold in the MES. What the MES alone holds, quality looks at; the absence of a hold releases nothing.
  ways:
    - {action: mes.send-hold, when: qms_hold_id IS NOT NULL}
since: 3
--- */
SELECT system,
       plant,
       material,
       batch,
       changed_at,
       not_evaluated,
       qms_hold_id,
       qms_scope,
       qms_reason,
       qms_owner,
       qms_opened_at,
       mes_hold_id,
       mes_scope,
       mes_reason,
       mes_opened_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       CASE
           WHEN NOT qms_held THEN NOT mes_held_settled OR qms_ended_just_now
           WHEN qms_held_whole THEN NOT qms_held_whole_settled OR mes_ended_just_now
           ELSE NOT qms_held_settled OR mes_ended_just_now
       END AS in_flight
FROM pairing.hold
WHERE not_evaluated IS NOT NULL
   OR (qms_held AND NOT mes_held)
   OR (qms_held_whole AND NOT mes_held_whole)
   OR (mes_held AND NOT qms_held)
