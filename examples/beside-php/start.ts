// Starts a page of Node and a page of PHP that share one cart: PORT (3000), and REDIS_URL (redis://host:port) or a Redis of its own.
// It needs `php` with the extension redis (Debian: php-cli, php-redis) and, without REDIS_URL, `redis-server`.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSessions, type Sessions } from 'latchkey'
import { type Listening, listen } from '../storefront/listen.ts'
import { createShop } from './shop.ts'

const { REDIS_URL, PORT = '3000' } = process.env
const folder = await mkdtemp(join(tmpdir(), 'latchkey-beside-php-'))
const children: ChildProcess[] = []

/** In a process of its own, whose end is the end of the example. */
function start(program: string, args: string[], env: NodeJS.ProcessEnv = {}): void {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  child.once('error', error => stop(`${program} cannot be started: ${error.message}`))
  child.once('exit', () => stop(`${program} has ended`))
  children.push(child)
}

let stopping = false
async function stop(why?: string): Promise<void> {
  if (stopping) return
  stopping = true
  if (why !== undefined) console.error(`The example has to stop: ${why}.`)
  await server?.close(1000)
  await sessions?.close({ grace: 1 })
  for (const child of children) child.kill()
  await rm(folder, { recursive: true, force: true })
  process.exit(why === undefined ? 0 : 1)
}

async function freePort(): Promise<number> {
  const probe = createNetServer().listen(0, '127.0.0.1')
  await new Promise(resolve => probe.once('listening', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise(resolve => probe.close(resolve))
  return port
}

/** Until somebody listens there. */
async function listening(at: { path: string } | { port: number; host: string }): Promise<void> {
  for (;;) {
    const there = await new Promise<boolean>(resolve => {
      const socket = connect(at)
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (there) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

let server: Listening | undefined
let sessions: Sessions | undefined
process.once('SIGTERM', () => stop())
process.once('SIGINT', () => stop())

const socket = join(folder, 'redis.sock')
if (!REDIS_URL) {
  start('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder])
  await listening({ path: socket })
}
const { hostname, port } = new URL(REDIS_URL ?? 'redis://none')
const php = new URL(`http://127.0.0.1:${await freePort()}`)
start('php', ['-q', '-S', php.host, fileURLToPath(new URL('shop.php', import.meta.url))], {
  REDIS_SOCKET: REDIS_URL ? '' : socket,
  REDIS_HOST: hostname,
  REDIS_PORT: port || '6379',
})
await listening({ port: Number(php.port), host: '127.0.0.1' })

// `php` alone says what PHP's defaults are. A shop of Magento names its preset here.
sessions = createSessions({
  php: {},
  redis: { url: REDIS_URL ?? `unix://${socket}` },
  firstLifetime: 600,
  lifetime: 3600,
})
try {
  server = await listen(createShop(sessions, php), 'localhost', Number(PORT))
  console.log(`Open ${server.url}/new (Node) and ${server.url}/old (PHP): one cart.`)
} catch (error) {
  await stop((error as Error).message.replace(/\.$/, ''))
}
