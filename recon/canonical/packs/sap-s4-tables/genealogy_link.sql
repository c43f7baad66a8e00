/* ---
canonical: genealogy_link
key: [WERKS, NODE]
reads:
  mapped.movement: [plant, order_no]
  MATDOC: [WERKS, CHARG]
asked: {order_no: NODE}
continues: genealogy_links.sql
--- */
-- As in ECC, out of MATDOC.
WITH document AS (
    SELECT * FROM raw.MATDOC WHERE RECORD_TYPE IS NULL OR RECORD_TYPE = 'MDOC'
),
