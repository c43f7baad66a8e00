/* ---
canonical: capa
key: [capa_no]
reads:
  capa: [capa_no]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('kind', kind, ['corrective', 'preventive'])), '') AS problems,
       ambiguous,
       capa_no, case_no,
       lower(kind) AS kind,
       class, text, status, owner, opened_at, due_on, closed_at, effective_at
FROM raw.capa
