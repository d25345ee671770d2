-- PHP neighbours: when the lock is left to them. Stands behind queue.lua in each script.

local PHP_POLL_MS = 500
local PHP_LATE_MS = 100

-- A PHP waiter adds one to `lock` every half second, and has it when that makes one: it needs a lock that is free at that
-- moment, and handing on from Node to Node never leaves one. A `lock` above one tells that somebody polled between `since`
-- and now, so when it will again: a window. `poll` has how long our last holder kept the lock, and the windows to come,
-- `held from to from to …`. Until a window begins the lock goes from hand to hand; through it, it is left alone.
--
-- PROMISE  No PHP waiter meets three holders of ours in a row, and no two while each keeps the lock for no longer than the
--          one before. A poll that meets another PHP process is lost to all: PHP unlocks by setting `lock` to 0. So, of
--          holders shorter than its period, a waiter needs 2 (c + 1) polls, at most 3 (c + 1), where c of them meet PHP.
--          Only a holder of ours adds a window: what is left to PHP ends within a period, and the next is as far away.
--
-- `wait` is not asked: it is counted after the first poll, and never counted down for a PHP waiter that died, while one
-- that lives keeps polling.
-- `lock` and `since` are those of the holder that unlocks; without them the lock is free, and the next holder may keep
-- it for as long as the last one did. Returns when the window ends that is open then, or nil.
local function leave_to_php(lock, since)
  local poll, polled = r.poll, lock and lock > 1
  if not polled and not poll then return nil end
  local held, windows, missed = tonumber(string.match(poll or '0', '%d+') or 0), {}, false
  if lock then held = math.max(now() - since, 0) end
  -- In order. One that a hold after the last one would reach into is part of that.
  local function add(from, to)
    local last = windows[#windows]
    if last and from <= last.to + held then last.to = to else windows[#windows + 1] = {from = from, to = to} end
  end
  local latest = now() + PHP_POLL_MS + PHP_LATE_MS
  for from, to in string.gmatch(poll or '', ' (%d+) (%d+)') do
    -- None was ever to end later than that; without this check a damaged one would leave the lock to PHP for good.
    if tonumber(to) <= latest then
      missed = missed or tonumber(from) <= now()
      if tonumber(to) > now() then add(tonumber(from), tonumber(to)) end
    end
  end
  if polled then
    local to = latest
    -- A poller that missed its window gets a whole period, which has every waiter's poll.
    if missed then windows = {{from = now(), to = to}} else add(now() - held + PHP_POLL_MS, to) end
  end
  local first, told = windows[1], {int(held)}
  if not first then
    redis.call('HDEL', record, 'poll')
    r.poll = nil
    return nil
  end
  local opens = first.from <= now() + held
  if opens then first.from = math.min(first.from, now()) end
  for _, window in ipairs(windows) do told[#told + 1] = int(window.from) .. ' ' .. int(window.to) end
  local text = table.concat(told, ' ')
  if text ~= poll then insist('HSET', record, 'poll', text) end
  r.poll = text
  return opens and first.to or nil
end
