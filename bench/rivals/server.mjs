/** One contestant's server: `server.mjs NAME --redis URL`. Tells its port by IPC, and answers questions about itself. */
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createApp } from './app.mjs'
import { contestant } from './contestants/index.mjs'
import { startProfile, stopProfile } from './profile.mjs'
import { answer } from './rpc.mjs'

const { values, positionals } = parseArgs({
  options: { redis: { type: 'string' } },
  allowPositionals: true,
})
const opened = await (await contestant(positionals[0])).open(values.redis)
const { listener, counts } = await createApp(opened)
const delay = monitorEventLoopDelay({ resolution: 1 })

const server = createServer(listener)
// An idle connection is not closed under a client that is about to use it.
server.keepAliveTimeout = 600_000
server.requestTimeout = 0
const BACKLOG = 4096

answer({
  counts: () => counts,
  /** Seconds of CPU that this process has used. */
  cpu: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  },
  /** Longest pause between two turns of the event loop since the last call, in ms. It is looked at every 1 ms. */
  longestBlock: () => {
    const longest = delay.max / 1e6
    delay.reset()
    return longest
  },
  startProfile,
  stopProfile,
  /** Seconds that so many timers of so many ms take one after the other: no lock can be faster. */
  timers: async ({ times, ms }) => {
    const start = performance.now()
    for (let n = 0; n < times; n += 1) await sleep(ms)
    return (performance.now() - start) / 1000
  },
})
process.once('disconnect', () => process.exit())

server.listen(0, '127.0.0.1', BACKLOG, () => {
  delay.enable()
  process.send({ ready: server.address().port })
})
