-- Every relation of every row went into it, at another place each: it cost more than the relations themselves. What leads
-- to an asset is asked by people, now and then.
DROP INDEX relation_targets;

-- Checksums: see seal.rs, which also gives them to what is there.
ALTER TABLE dictionaries ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document_rows ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_rows ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE checkpoints RENAME TO checkpoint_rows;
ALTER TABLE checkpoint_rows ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;

-- The functions are those of the program: read these views with `source-host inventory sql`.
DROP VIEW run_datasets;
DROP VIEW runs;
DROP VIEW documents;

CREATE VIEW runs AS
SELECT run, version, strftime('%Y-%m-%dT%H:%M:%fZ', started_ms / 1000.0, 'unixepoch') AS started,
  strftime('%Y-%m-%dT%H:%M:%fZ', finished_ms / 1000.0, 'unixepoch') AS finished,
  checked_text('run ' || run, receipt, sum) AS receipt
FROM run_rows;

CREATE VIEW run_datasets AS
SELECT run, d.value ->> '$.dataset' AS dataset, d.value ->> '$.completeness' AS completeness,
  d.value ->> '$.received' AS received, d.value ->> '$.emitted' AS emitted, d.value AS account
FROM runs, json_each(receipt, '$.datasets') AS d;

CREATE VIEW checkpoints AS
SELECT component, version, checked_text('the position of ' || component, checkpoint, sum) AS checkpoint, sequence,
  saved_ms
FROM checkpoint_rows;

CREATE VIEW documents AS
SELECT r.asset AS id, document_text(r.asset, r.dictionary, r.bytes, r.sum, d.name, d.bytes, d.sum) AS document
FROM document_rows AS r LEFT JOIN dictionaries AS d ON d.id = r.dictionary;
