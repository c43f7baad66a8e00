/* ---
id: STK-003
title: Stock blocked or in inspection with nothing behind it
over: kept_back_stock
severity: medium
owner: quality-assurance
authority: "-"
judges: state
compares: [stock.stock_type]
rationale: Nobody will ever release it, since nobody knows of it. It is bought or made again while it expires.
false_positives: >-
  A block that was agreed upon by word of mouth, or kept in a system that recon does not read, such as a hold of the warehouse or an open complaint. Only materials that are inspected are
  looked at. Whatever cannot be read counts as a reason.
correction: A person finds out why it was blocked, and releases it through quality or not at all. It is never proposed because a hold is absent.
since: 3
--- */
SELECT system,
       plant,
       material,
       batch,
       stock_type,
       changed_at,
       not_evaluated,
       sap_place,
       sap_lot,
       sap_decision,
       qms_decision,
       qms_hold_id,
       qms_hold_closed_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       quantity,
       unit,
       moving AS in_flight
FROM pairing.kept_back_stock
WHERE NOT explained
  AND (not_evaluated IS NOT NULL OR quantity > 0)
