// A TLS setting that does not fit the port is a silent failure: a plain server waits for the rest of a command that is a TLS
// greeting, a TLS server hangs up. What the port speaks is found out by asking it, once, when the first connection fails.
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Options } from '../config/options.ts'

type Where = Options['redis']

interface Port {
  host: string
  port: number
  tls: boolean
  /** What to change where the port speaks TLS, and where it does not. */
  remedy: { tls: string; plain: string }
}

/** Milliseconds. A server on the same network answers in a few. */
const PATIENCE_MS = 500

/** A sentence on why the configured server cannot be reached, with what to change; undefined where its port does not tell. */
export async function diagnose(redis: Where): Promise<string | undefined> {
  const port = firstPort(redis)
  if (!port) return undefined
  const name = `${port.host}:${port.port}`
  const found = await (port.tls ? asksPlain(port) : asksTls(port))
  if (found === 'plain') return `${name} does not speak TLS. ${port.remedy.plain}`
  if (found === 'tls') return `${name} speaks TLS. ${port.remedy.tls}`
  return found && `${name}: ${found}`
}

function firstPort(redis: Where): Port | undefined {
  const tls = redis.tls !== false
  const remedy = {
    tls: 'Set redis.tls to true, or to your own certificates',
    plain: 'Set redis.tls to false',
  }
  if (redis.cluster) return redis.cluster.nodes[0] && { ...redis.cluster.nodes[0], tls, remedy }
  if (redis.sentinel) {
    const [node] = redis.sentinel.nodes
    const own = { tls: 'Set redis.sentinel.tls to true', plain: 'Set redis.sentinel.tls to false' }
    return node && { ...node, tls: redis.sentinel.tls !== false, remedy: own }
  }
  if (redis.url) {
    const { protocol, hostname, port } = new URL(redis.url)
    if (protocol === 'unix:') return undefined
    const own = {
      tls: 'Write rediss:// in place of redis://',
      plain: tls
        ? 'Write redis:// in place of rediss://, and set redis.tls to false'
        : 'Write redis:// in place of rediss://',
    }
    const host = hostname.replace(/^\[|\]$/g, '')
    return { host, port: Number(port || 6379), tls: tls || protocol === 'rediss:', remedy: own }
  }
  return redis.path === null ? { host: redis.host, port: redis.port, tls, remedy } : undefined
}

/** `plain` if it answers a command of Redis. */
function asksPlain({ host, port }: Port): Promise<string | undefined> {
  return heard(connect(port, host), (socket, tell) => {
    socket.once('data', (reply: Buffer) => tell(/^[+-]/.test(reply.toString('latin1')) ? 'plain' : undefined))
    socket.write('PING\r\n')
  })
}

/** `tls` if it answers the greeting of TLS, with a certificate or with a refusal. Nothing is sent, so no certificate matters. */
function asksTls({ host, port }: Port): Promise<string | undefined> {
  return heard(connectTls({ port, host, rejectUnauthorized: false }), (socket, tell) => {
    socket.once('secureConnect', () => tell('tls'))
  })
}

function heard(
  socket: Socket,
  ask: (socket: Socket, tell: (found: string | undefined) => void) => void,
): Promise<string | undefined> {
  return new Promise(resolve => {
    const tell = (found: string | undefined) => {
      clearTimeout(timer)
      resolve(found)
      socket.destroy()
    }
    const timer = setTimeout(tell, PATIENCE_MS, undefined)
    socket.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code?.includes('SSL') && message.includes('alert')) tell('tls')
      else tell(/^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH)$/.test(code ?? '') ? `connect ${code}` : undefined)
    })
    socket.once('close', () => tell(undefined))
    ask(socket, tell)
  })
}
