/* ---
id: ORD-006
title: MES activity after the order ended in SAP
over: order_activity
severity: low
raised: {where: sap_postings_refused, to: high}
owner: production-control
authority: "-"
judges: state
material: sap_material
yields_to:
  - {rule: ORD-014, match: {order_no: order_no}}
  - {rule: ORD-005, match: {order_no: order_no}}
rationale: Technical completion means that nothing more is coming; what comes all the same is posted late, and once the order is closed, locked or flagged for deletion it cannot be posted at all.
false_positives: TECO still accepts withdrawals and confirmations in the standard system, so activity after it is only late; a user status may forbid it at a site. Amounts taken back again since the end are netted.
correction: Post late while SAP takes it; otherwise a person decides whether the order is reopened.
since: 2
--- */
SELECT system,
       plant,
       order_no,
       activity_class,
       changed_at,
       not_evaluated,
       sap_material,
       sap_ended_at,
       sap_postings_refused,
       mes_first_at,
       mes_last_at,
       mes_rows,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       sap_moving OR mes_moving AS in_flight
FROM pairing.order_activity
