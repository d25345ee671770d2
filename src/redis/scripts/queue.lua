-- The queue of waiters, and who gets a free lock. Stands behind common.lua in each script.

local LOOKS = 128
-- As many as `queue` keeps: those nearest to the head.
local GAPS = 16
local BATCH = 16
-- Larger data is read by the waiter itself: a message goes to every node of a cluster.
local MESSAGE_BYTES = 8192
-- Of the names of processes in `queue`.
local MUTE_BYTES = 512

local function save_queue()
  local q = r.queue
  if q.count > 0 then
    local gaps, kept = '', 0
    for _, gap in ipairs(q.gaps) do
      if gap.to > q.head and kept < GAPS then
        gaps, kept = gaps .. ' ' .. int(gap.from) .. '>' .. int(gap.to), kept + 1
      end
    end
    insist('HSET', record, 'queue', int(q.head) .. ' ' .. int(q.tail) .. ' ' .. int(q.count) .. gaps .. q.mute)
  else
    redis.call('HDEL', record, 'queue')
    r.queue = nil
  end
end

local function drop(numbers)
  if #numbers == 0 then return end
  local fields = {}
  for i, n in ipairs(numbers) do fields[i] = 'w:' .. int(n) end
  redis.call('HDEL', record, unpack(fields))
  r.queue.count = r.queue.count - #numbers
end

-- Remembers that nobody waits between `from` and `to`, where that saves a step.
local function add_gap(gaps, from, to)
  if to - from > LOOKS then gaps[#gaps + 1] = {from = from, to = to} end
end

-- Opens the gap that `n` lies in: somebody waits at this number. Returns whether there was one.
local function split_gap(n)
  local gaps, found = {}, false
  for _, gap in ipairs(r.queue.gaps) do
    if n > gap.from and n < gap.to then
      found = true
      add_gap(gaps, gap.from, n)
      add_gap(gaps, n, gap.to)
    else
      gaps[#gaps + 1] = gap
    end
  end
  r.queue.gaps = gaps
  return found
end

-- The numbers of all waiters, in order. Their count and the gaps between them are known afterwards.
local function list_waiters()
  local q, numbers, gaps = r.queue, {}, {}
  for _, field in ipairs(redis.call('HKEYS', record)) do
    local n = tonumber(string.match(field, '^w:(%d+)$'))
    if n and n >= q.head and n <= q.tail then numbers[#numbers + 1] = n end
  end
  table.sort(numbers)
  local last = q.head - 1
  for _, n in ipairs(numbers) do
    add_gap(gaps, last, n)
    last = n
  end
  add_gap(gaps, last, q.tail + 1)
  q.count, q.gaps = #numbers, gaps
  return numbers
end

-- The next numbers from `from` on, LOOKS at most and those in gaps left out, and where to go on if those are not all.
local function numbers_from(from)
  local q, numbers = r.queue, {}
  local span = q.tail - from
  for _, gap in ipairs(q.gaps) do span = span - math.max(gap.to - math.max(gap.from, from), 0) end
  if q.count <= LOOKS and span > 8 * q.count + 64 then
    -- A few waiters, far apart: to list them is less than to look for them.
    for _, n in ipairs(list_waiters()) do
      if n >= from then numbers[#numbers + 1] = n end
    end
    local more = numbers[LOOKS + 1]
    for i = #numbers, LOOKS + 1, -1 do numbers[i] = nil end
    return numbers, more
  end
  local n, at = from, 1
  while n <= q.tail do
    local gap = q.gaps[at]
    if gap and n > gap.from then
      n, at = math.max(n, gap.to), at + 1
    elseif #numbers < LOOKS then
      numbers[#numbers + 1] = n
      n = n + 1
    else
      return numbers, n
    end
  end
  return numbers, nil
end

-- Visits the waiters in order of arrival, LOOKS at most. `visit(n, token, deadline, request)` answers 'keep', 'drop' (it leaves
-- the queue), 'take' (it leaves the queue, and the walk ends) or 'stop' (it stays, and the walk ends). Returns where to go on,
-- nil at the end of the queue or of the walk.
local function walk(from, visit)
  local q = r.queue
  from = math.max(from, q.head)
  local numbers, more = numbers_from(from)
  local dropped, first, last, after, taken, met = {}, nil, nil, nil, false, false
  for i = 1, #numbers, BATCH do
    local fields = {}
    for j = i, math.min(i + BATCH - 1, #numbers) do fields[#fields + 1] = 'w:' .. int(numbers[j]) end
    for j, text in ipairs(redis.call('HMGET', record, unpack(fields))) do
      local n = numbers[i + j - 1]
      met = met or text
      if taken then
        if text and not after then after = n end
      elseif text then
        local token, deadline, request = string.match(text, '^(%S+) (%d+) ?(.*)$')
        local verdict = token and visit(n, token, tonumber(deadline), request) or 'drop'
        if verdict == 'keep' or verdict == 'stop' then first, last = first or n, n else dropped[#dropped + 1] = n end
        taken = verdict == 'take' or verdict == 'stop'
      end
    end
    if taken then
      after = after or numbers[i + BATCH] or more
      break
    end
  end
  if taken and after then
    -- The gap behind the last one that stays reaches to the next.
    for _, gap in ipairs(q.gaps) do
      if gap.to >= from and gap.to < after and gap.to > (last or 0) then gap.to = after end
    end
  end
  if more and not met then
    -- Nobody in a whole window: many have left from here, or the numbers of the queue are wrong.
    more = nil
    for _, n in ipairs(list_waiters()) do
      if n > from then
        more = n
        break
      end
    end
  end
  drop(dropped)
  if from == q.head then
    q.head = first or after or more or q.tail + 1
    -- Nobody is left between head and tail, whatever the count said.
    if not (first or after or more) then q.count = 0 end
  end
  save_queue()
  if taken then return nil end
  return more
end

-- Whether the caller waits at this number.
local function place(n)
  local text = redis.call('HGET', record, 'w:' .. int(n))
  return text and string.match(text, '^%S+') == me
end

-- The number of a caller that never heard it: it asked a moment ago.
local function find_place()
  for n = r.queue.tail, math.max(r.queue.head, r.queue.tail - LOOKS), -1 do
    if place(n) then return n end
  end
end

local function is_mute(nonce) return string.find(r.queue.mute .. ' ', ' ' .. nonce .. ' ', 1, true) ~= nil end

-- Whether the process listens. Asked before a grant is published: in a cluster a message reaches the listeners of every node, and
-- only those of this node are counted. A process listens at every master.
local heard = {}
local function can_hear(nonce)
  if heard[nonce] == nil then
    heard[nonce] = nonce == my_nonce or redis.call('PUBSUB', 'NUMSUB', channel .. nonce)[2] > 0
  end
  return heard[nonce]
end

-- The message of a grant: the token alone, or with what a request works with.
local function grant_message(token)
  local size = redis.call('HSTRLEN', record, 'data')
  if size == 0 or size > MESSAGE_BYTES then return token end
  local data, writes, state = found()
  return token .. '\n' .. writes .. '\n' .. state .. '\n' .. data
end

-- Gives a free lock to the first waiter that can hear it. A waiter of the caller's own process is told by the reply and holds
-- at once; another process is told by its channel and has `grant` ms to come. One that cannot be reached is taken out: it comes
-- back to its place when it asks again.
-- Where the caller's own number `mine` is first, it is taken out and gets the lock. Returns the new holder's token, or nil and
-- where to go on.
local function hand_on(from, mine)
  if not r.queue then return nil end
  local chosen, here = nil, false
  local request_of_chosen
  local more = walk(from, function(n, token, deadline, request)
    if n == mine then
      chosen = me
      return 'take'
    end
    if deadline <= now() then return 'drop' end
    local nonce = nonce_of(token)
    here = nonce == my_nonce
    if not here then
      if is_mute(nonce) then return 'keep' end
      if not can_hear(nonce) then return 'drop' end
      redis.call('PUBLISH', channel .. nonce, grant_message(token))
    end
    chosen, request_of_chosen = token, request
    return 'take'
  end)
  if chosen and chosen ~= me then hold(chosen, request_of_chosen, here and lease_ms or grant_ms, not here) end
  return chosen, more
end
