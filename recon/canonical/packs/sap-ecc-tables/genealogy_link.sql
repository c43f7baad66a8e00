/* ---
canonical: genealogy_link
key: [WERKS, NODE]
reads:
  mapped.movement: [plant, order_no]
  MSEG: [WERKS, CHARG]
  MKPF: >-
    SELECT m.WERKS, m.CHARG FROM raw.MSEG m SEMI JOIN changed.MKPF c ON c.MANDT = m.MANDT AND c.MBLNR = m.MBLNR AND c.MJAHR = m.MJAHR
    WHERE meaning('movement_type', m.BWART) IN ('309', '310')
asked: {order_no: NODE}
continues: genealogy_links.sql
--- */
-- SAP links at order level only: every batch an order consumed, net, feeds every batch it produced, net. Besides, 309 makes a batch of another one, without an order;
-- those links have the batch where the others have the order in their key.
-- A movement that could not be read, or was read in two versions, counts as present, so that its link is uncertain rather than missing.
WITH document AS (
    SELECT m.*, h.CPUDT, h.CPUTM, h.BUDAT FROM raw.MSEG m LEFT JOIN raw.MKPF h USING (MANDT, MBLNR, MJAHR)
),
