-- How a lock ends and who is told, and how long the record lives. Stands behind php.lua in each script.

-- The former holder is told, if its process listens.
local function tell(token)
  local nonce = nonce_of(token)
  if nonce then redis.call('PUBLISH', channel .. nonce, token) end
end

-- Ends the holder's hold, in the record and in `r`.
local function free_lock()
  r.lock, r.lease, r.since, r.untaken, r.damaged = 0, 0, 0, false, nil
  insist('HSET', record, 'lock', '0', 'state', state_text())
end

-- Ends what is left of a hold that a program without locks has ended, see `is_reset`. Its request is told.
local function note_reset()
  insist('HSET', record, 'reset', int(now()) .. ' ' .. r.pid)
  tell(r.pid)
  free_lock()
end

-- Another request of the caller's process that has the lock, or ''. Where the step before was sent again, it may have handed the
-- lock to that one, in an answer that was lost: it should look.
local function neighbour()
  return r.lock > 0 and r.pid ~= me and nonce_of(r.pid) == my_nonce and r.pid or ''
end

-- Passes on a lock that has just become free, unless PHP is due. Returns the token of the next holder if it lives in the caller's
-- process, else '', and where to go on.
local function pass_on(lock, since)
  if leave_to_php(lock, since) then
    -- The first in the queue looks for the end of the window.
    local first = r.queue and redis.call('HGET', record, 'w:' .. int(r.queue.head))
    if first then tell(string.match(first, '^%S+')) end
    return '', ''
  end
  local token, more = hand_on(0)
  return token and nonce_of(token) == my_nonce and token or '', more and int(more) or ''
end

local function unlock()
  local lock, since = r.lock, r.since
  free_lock()
  return pass_on(lock, since)
end

-- At least 1: PEXPIRE of less deletes the record at once, and whatever the script writes next makes one that never ends.
local function limit_ttl(ttl, absolute)
  if absolute > 0 and r.created > 0 then ttl = math.min(ttl, r.created + absolute - now()) end
  return math.max(ttl, 1)
end

-- Extends the TTL to `ttl` unless it is within `interval` of that already. Counts what it did in `touches`.
local function touch_record(ttl, absolute, interval)
  local left = redis.call('PTTL', record)
  if left < 0 then return false end
  ttl = limit_ttl(ttl, absolute)
  if left >= ttl or (interval > 0 and left > ttl - interval) then return false end
  redis.call('PEXPIRE', record, int(ttl))
  r.touches, r.tail = r.touches + 1, nil
  bury_nothing()
  insist('HSET', record, 'state', state_text())
  return true
end
