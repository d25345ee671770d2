-- leave: a waiter gives up its place; if the lock was handed to it just now, it hands it on. It also goes on with what a step
-- before it could not finish.
--
-- KEYS   1 record
-- ARGV   1–5 see common.lua · 6 arrival, 0 if it has no place, '' if it does not know it · 7 cursor
-- OUTPUT {'released' | 'not-held' | 'missing', next token or '', cursor or '', next data, next writes, next state,
--         token to wake or ''}
--        {'newer', version}
-- GUARANTEE  Afterwards the token holds nothing, and has no place at this arrival. A free lock goes to the head of the queue.

-- common.lua

local arrival, cursor = tonumber(ARGV[6]), tonumber(ARGV[7])
read_record()
if r.kind == 'newer' then return {'newer', r.newer} end
if r.queue and arrival ~= 0 then
  local n = arrival and place(arrival) and arrival or not arrival and find_place()
  if n then
    drop({n})
    save_queue()
  end
end
if r.kind ~= 'session' then return {'missing', '', ''} end

local held, token, more = is_mine(), '', ''
if held then
  token, more = unlock()
elseif r.queue and holder_kind() == 'free' and not leave_to_php() then
  if is_reset() then note_reset() end
  local next_one, at = hand_on(cursor, 0)
  token, more = next_one and nonce_of(next_one) == my_nonce and next_one or '', at and int(at) or ''
end
if not held and token == '' then return {'not-held', '', more, '', '', '', neighbour()} end
if not held then return {'not-held', token, more, found()} end
if token == '' then return {'released', '', more} end
return {'released', token, more, found()}
