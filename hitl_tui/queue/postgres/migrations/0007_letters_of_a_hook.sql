-- Each webhook's messages are taken by themselves: those of one that hangs are not in the way.
CREATE INDEX deliveries_of_hook ON deliveries (webhook, next_at) WHERE done_at IS NULL;
DROP INDEX deliveries_due;
