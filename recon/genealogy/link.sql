-- The table `link` of the index: in the order of what was used, so that the links of a batch follow one another. views: 1 SAP has it, 2 the MES has it.
SELECT input, output, coalesce(order_no, '') AS order_no, kind,
       CAST(CASE WHEN in_sap THEN 1 ELSE 0 END + CASE WHEN in_mes THEN 2 ELSE 0 END AS UTINYINT) AS views,
       millionths(sap_quantity) AS sap_quantity, millionths(mes_quantity) AS mes_quantity, coalesce(purpose, '') AS purpose,
       CASE WHEN problems IS NOT NULL THEN concat('unreadable: ', problems) WHEN ambiguous THEN 'ambiguous: rows with equal keys differ' ELSE '' END AS uncertain
FROM genealogy.link
ORDER BY input, output, order_no, kind, views
