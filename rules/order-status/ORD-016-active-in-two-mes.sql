/* ---
id: ORD-016
title: Order active in two MES at once
over: order_in_mes
severity: high
owner: production-control
authority: "-"
judges: state
material: mes_material
rationale: Two lines may make the same order, and what each of them reports is posted as if it were more of one.
false_positives: An order that moved from one MES to another is active in both until the first has closed it. One that two plants work on by turns has to be two orders in SAP.
correction: A person decides which MES goes on, and closes the order in the other.
since: 2
--- */
SELECT system,
       plant,
       order_no,
       changed_at,
       not_evaluated,
       mes_material,
       mes_active,
       mes_first_place,
       mes_last_place,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       mes_planned AS quantity,
       mes_unit AS unit,
       mes_moving AS in_flight
FROM pairing.order_in_mes
WHERE mes_active_here
  AND (not_evaluated IS NOT NULL OR mes_active > 1)
