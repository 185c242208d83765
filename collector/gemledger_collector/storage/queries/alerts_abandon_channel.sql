-- Messages for channels that are no longer configured wait for nobody.
update notifications
set next_attempt_unix_nano = null, error = 'the channel is no longer in the configuration'
where next_attempt_unix_nano is not null and not list_contains($channels, channel)
