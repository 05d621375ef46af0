-- Every relation of every row went into it, at another place each: it cost more than the relations themselves. What leads
-- to an asset is asked by people, now and then.
DROP INDEX relation_targets;
