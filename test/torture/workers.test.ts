import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { openHistory, readHistory } from './history.ts'
import { LIMITS, OPTIONS } from './lab.ts'
import { openSingle } from './topologies/single.ts'
import { Place } from './workers.ts'

test('how a process ended is in the history: asked, killed, or by itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-workers-'))
  const topology = await openSingle(3)
  const path = join(folder, 'lab.jsonl')
  const history = openHistory(path)
  const { lease, breakAfter } = LIMITS
  const places = [1, 2, 3].map(n => {
    const options = { ...OPTIONS, redis: topology.redisOf(n - 1) }
    const habits = { hot: ['hot-session-number-0'], lease, breakAfter, slow: 0, stuck: 0 }
    return new Place(folder, n, { seed: 1, subject: 'latchkey', options, clients: 1, habits }, history)
  })
  await Promise.all(places.map(place => place.start()))
  const [asked, killed, crashed] = places as [Place, Place, Place]
  await killed.kill()
  process.kill(crashed.pid, 'SIGTERM')
  await crashed.gone
  await asked.retire(20_000)
  const lines = [...readHistory(path), ...asked.histories()].filter(line => line.line === 'process')
  const ends = lines.filter(({ state }) => state !== 'born').map(({ process, state }) => [process, state])
  expect(Object.fromEntries(ends)).toEqual({ 'w1.1': 'ended', 'w2.1': 'killed', 'w3.1': 'crashed' })
  history.close()
  await topology.stop()
  await rm(folder, { recursive: true, force: true })
}, 30_000)
