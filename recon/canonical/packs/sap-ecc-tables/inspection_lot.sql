/* ---
canonical: inspection_lot
reads: [QALS, QAVE, JEST]
--- */
-- The code of a usage decision belongs to the customer; only its valuation (A accepted, R rejected) means the same everywhere.
SELECT q.WERK AS plant,
       greatest(utc(q.ENSTEHDAT, q.ENTSTEZEIT), utc(v.VDATUM, v.VEZEITERF)) AS changed_at,
       q.row_ref,
       nullif(concat_ws('; ', q.problems, v.problems), '') AS problems,
       q.ambiguous OR coalesce(v.ambiguous, false) AS ambiguous,
       q.PRUEFLOS AS lot,
       q.MATNR AS material,
       q.CHARG AS batch,
       q.AUFNR AS order_no,
       q.LOSMENGE AS quantity,
       q.MENGENEINH AS unit,
       CASE v.VBEWERTUNG WHEN 'A' THEN 'accepted' WHEN 'R' THEN 'rejected' END AS decision,
       utc(v.VDATUM, v.VEZEITERF) AS decided_at,
       coalesce(s.posted, false) AS stock_posting_completed,
       coalesce(s.cancelled, false) AS cancelled
FROM raw.QALS q
LEFT JOIN raw.QAVE v USING (MANDANT, PRUEFLOS)
LEFT JOIN (
    SELECT MANDT, OBJNR, bool_or(STAT = 'I0220') AS posted, bool_or(STAT = 'I0224') AS cancelled
    FROM raw.JEST
    WHERE INACT IS NULL
    GROUP BY MANDT, OBJNR
) s ON s.MANDT = q.MANDANT AND s.OBJNR = q.OBJNR
