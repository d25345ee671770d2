/** One redis-server for this run alone, and what can be learnt from it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

const HOST = '127.0.0.1'

export async function startRedis() {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'rivals-'))
  const args = ['--port', port, '--bind', HOST, '--dir', folder, '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', args.map(String), { stdio: 'ignore' })
  const failed = new Promise((_, reject) => {
    server.once('error', cause =>
      reject(new Error('redis-server did not start; is it installed?', { cause })),
    )
  })
  const kill = () => {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', kill)
  const url = `redis://${HOST}:${port}`
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  client.on('error', () => {})
  await Promise.race([client.ping(), failed])
  client.removeAllListeners('error')

  return {
    url,
    client,
    version: (await numbersOf('server')).redis_version,
    flush: () => client.flushall(),
    measure,
    watch: () => watch(url),
    async stop() {
      client.disconnect()
      process.off('exit', kill)
      const ended = once(server, 'exit')
      kill()
      await ended
    },
  }

  async function numbersOf(section) {
    const lines = (await client.info(section)).split('\r\n').filter(line => line.includes(':'))
    return Object.fromEntries(lines.map(line => line.split(/:(.*)/s, 2)))
  }

  /** What `work` costs Redis, without what it costs to look. */
  async function measure(work) {
    const before = await reading()
    const start = await reading()
    const result = await work()
    const end = await reading()
    const cost = what => end[what] - start[what] - (start[what] - before[what])
    return {
      result,
      cpu: cost('cpu'),
      bytesIn: cost('bytesIn'),
      bytesOut: cost('bytesOut'),
      reads: cost('reads'),
    }
  }

  /** CPU in seconds, traffic in bytes, and reads: how often Redis found something on a client's connection. */
  async function reading() {
    const cpu = await numbersOf('cpu')
    const stats = await numbersOf('stats')
    return {
      cpu: Number(cpu.used_cpu_user) + Number(cpu.used_cpu_sys),
      bytesIn: Number(stats.total_net_input_bytes),
      bytesOut: Number(stats.total_net_output_bytes),
      reads: Number(stats.total_reads_processed),
    }
  }
}

/** Every command that clients send, by MONITOR; what scripts do inside Redis is left out. */
async function watch(url) {
  // Not connected itself: it would be seen.
  const client = new Redis(url, { lazyConnect: true })
  const monitor = await client.monitor()
  const seen = []
  monitor.on('monitor', (time, args, source) => {
    if (source !== 'lua') seen.push({ at: Number(time) * 1000, command: args[0].toLowerCase() })
  })
  return async () => {
    // MONITOR is behind by what is still on its way here.
    await sleep(100)
    monitor.disconnect()
    client.disconnect()
    return seen
  }
}

/** `get ×2, evalsha`: the commands and how often each is sent per request. */
export function tally(seen, requests) {
  const counts = new Map()
  for (const { command } of seen) counts.set(command, (counts.get(command) ?? 0) + 1)
  return [...counts]
    .map(([command, count]) => ({ command, each: count / requests }))
    .filter(({ each }) => each >= 0.05)
    .map(({ command, each }) =>
      Math.abs(each - 1) < 0.05 ? command : `${command} ×${Number(each.toFixed(1))}`,
    )
    .join(', ')
}

async function freePort() {
  const server = createServer().listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
