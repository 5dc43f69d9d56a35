-- Stock as one row per product, and as one row per unit; filled by the benchmark.
DROP TABLE IF EXISTS stock, reservation, unit;
CREATE TABLE stock (
  product int PRIMARY KEY,
  available int NOT NULL CHECK (available >= 0),
  reserved int NOT NULL DEFAULT 0
);
CREATE TABLE reservation (order_id bigint PRIMARY KEY, state text NOT NULL, lines int[] NOT NULL);
CREATE TABLE unit (id bigserial PRIMARY KEY, product int NOT NULL, order_id bigint);
CREATE INDEX unit_free ON unit (product) WHERE order_id IS NULL;

-- One unit of each product or none: rows locked in the order of their product, in one round trip.
CREATE OR REPLACE FUNCTION hold_rows(the_order bigint, products int[]) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  enough bool;
BEGIN
  SELECT count(*) = cardinality(products) AND min(available) > 0 INTO enough FROM
    (SELECT available FROM stock WHERE product = ANY (products) ORDER BY product FOR UPDATE) AS locked;
  IF NOT enough THEN
    RETURN false;
  END IF;
  UPDATE stock SET available = available - 1, reserved = reserved + 1 WHERE product = ANY (products);
  INSERT INTO reservation VALUES (the_order, 'held', products);
  RETURN true;
END $$;

-- The same on units: each takes a free one that nobody else is taking, and waits for none.
CREATE OR REPLACE FUNCTION hold_units(the_order bigint, products int[]) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  the_product int;
  taken bigint[] := '{}';
  free bigint;
BEGIN
  FOREACH the_product IN ARRAY products LOOP
    SELECT id INTO free FROM unit WHERE product = the_product AND order_id IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF free IS NULL THEN
      RETURN false;
    END IF;
    taken := taken || free;
  END LOOP;
  UPDATE unit SET order_id = the_order WHERE id = ANY (taken);
  INSERT INTO reservation VALUES (the_order, 'held', products);
  RETURN true;
END $$;
