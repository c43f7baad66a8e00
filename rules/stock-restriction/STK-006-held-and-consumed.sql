/* ---
id: STK-006
title: Held batch consumed
over: consumption_under_hold
severity: critical
owner: quality-assurance
authority: qms
judges: existence
compares: [hold.closed_at]
rationale: What the order made contains what quality had stopped. It has to be found and kept back before it is used or shipped, and nothing that is still on its way changes that.
false_positives: >-
  A use before the hold that the MES did not record and SAP posted on the day of the hold. A container, serial number or location that is held and that neither side names when it
  consumes; a hold on a part of the quantity is left out, since nobody says which part was used. A hold that was lifted afterwards is no excuse: an assessment of the batch or of the
  order's output, recorded in the quality system after the use, ends the finding.
correction:
  text: Quarantine what the order made, and have quality assess it.
  action: qms.assess-batch
  checks:
    - Is the order still running? Stop it, and take what is left of the batch away from the line.
since: 3
--- */
SELECT system,
       plant,
       material,
       batch,
       order_no,
       changed_at,
       not_evaluated,
       sap_quantity,
       sap_first_at,
       mes_quantity,
       mes_first_at,
       qms_hold_id,
       qms_reason,
       qms_owner,
       qms_held_since,
       qms_held_until,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       quantity,
       unit,
       false AS in_flight
FROM pairing.consumption_under_hold
WHERE not_evaluated IS NOT NULL
   OR (amount > 0 AND NOT assessed)
