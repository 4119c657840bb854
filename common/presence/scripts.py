"""What Redis does in one step. KEYS are those of common/presence, in the order in which they are given."""

# Since when the ZSET is complete. One from the future is of a clock that was set back.
# Written each time: a Redis that takes no writes (no memory, no disk) has none of those who are here, and fails.
_SINCE = """
local since = tonumber(redis.call('GET', KEYS[2]) or '')
if not since or since > tonumber(ARGV[1]) then
    since = tonumber(ARGV[1])
end
redis.call('SET', KEYS[2], string.format('%.0f', since))
"""
# A user connects: since, and what was written of him before, or ''. ARGV: now, user.
ENTER = (
    _SINCE
    + """
local before = redis.call('ZSCORE', KEYS[1], ARGV[2]) or ''
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
return {string.format('%.0f', since), before}
"""
)
# Who of these was last seen at ARGV[2] or before: since, then user and score (or '') of each. ARGV: now, until, users.
GONE = (
    _SINCE
    + """
local gone = {string.format('%.0f', since)}
for place = 3, #ARGV do
    local score = redis.call('ZSCORE', KEYS[1], ARGV[place])
    if not score or tonumber(score) <= tonumber(ARGV[2]) then
        gone[#gone + 1] = ARGV[place]
        gone[#gone + 1] = score or ''
    end
end
return gone
"""
)
# The same of those who, at the moment written down as "noted", had been gone for less than ARGV[2], and by now have
# been for as long. Whose moment in LATER has come is owed, in the same step: nobody is in neither. ARGV: now, how long.
NEWLY_GONE = (
    _SINCE
    + """
local gone = {string.format('%.0f', since)}
local noted = tonumber(redis.call('GET', KEYS[3]) or '')
local first = noted and string.format('(%.0f', noted - ARGV[2]) or '-inf'
local last = string.format('%.0f', ARGV[1] - ARGV[2])
for _, word in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], first, last, 'WITHSCORES')) do
    gone[#gone + 1] = word
end
for _, user in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', ARGV[1])) do
    redis.call('ZADD', KEYS[4], 'LT', '+inf', user)
    redis.call('ZREM', KEYS[5], user)
end
return gone
"""
)
# What is owed is paid, in one step with putting off: another process must find each user in one of the two. Who has
# been seen since, but not after ARGV[1], may have been found gone again by whoever asked later: he is owed from the
# moment on at which that would be, and nobody waits for him before. ARGV: since when somebody is surely here, how long
# until he is gone; then of each user: his name; when he was last seen if he was found gone then, else ''; the moment
# to come at which that counts, or ''.
PAY = """
for place = 3, #ARGV, 3 do
    local user, seen, later = ARGV[place], tonumber(ARGV[place + 1]), ARGV[place + 2]
    local score = tonumber(redis.call('ZSCORE', KEYS[1], user) or '')
    if later ~= '' then
        redis.call('ZADD', KEYS[3], 'LT', later, user)
    end
    if score and not (seen and score <= seen) and score <= tonumber(ARGV[1]) then
        redis.call('ZADD', KEYS[3], 'LT', string.format('%.0f', score + ARGV[2]), user)
    end
    redis.call('ZREM', KEYS[2], user)
end
"""
# Who was last seen before ARGV[1], but for those with whom there is still something to do.
FORGET = """
for _, user in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1])) do
    if not redis.call('ZSCORE', KEYS[2], user) and not redis.call('ZSCORE', KEYS[3], user) then
        redis.call('ZREM', KEYS[1], user)
    end
end
"""
