-- The table `backward`: the links again, by their numbers, in the order of what was made.
SELECT CAST(number AS INTEGER) AS link
FROM (SELECT output, input, row_number() OVER (ORDER BY input, output, order_no, kind, views) - 1 AS number FROM genealogy_indexed)
ORDER BY output, input, number
