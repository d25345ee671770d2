import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createOwner, parseToken } from '../../src/lock/owner.ts'
import { eventually } from '../support/sessions.ts'

const owner = createOwner()
const [home = '', start = ''] = owner.nonce.split('-')
const children: ChildProcess[] = []

/** State and start of a process as proc(5) tells them. */
function stat(pid: number): { state: string | undefined; start: string } {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0], start: Number(fields[19]).toString(36) }
}

/** What a process of this host would sign with. */
function tokenOf(
  pid: number,
  over: { host?: string; home?: string; start?: string; random?: string } = {},
): string {
  const nonce = [over.home ?? home, over.start ?? stat(pid).start, over.random ?? 'abc123'].join('-')
  return `${over.host ?? owner.host}|${pid}|${nonce}.1`
}

async function startChild(command: string, ...args: string[]): Promise<ChildProcess & { pid: number }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child, 'spawn')
  children.push(child)
  return child as ChildProcess & { pid: number }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

afterEach(async () => {
  await Promise.all(children.splice(0).map(end))
})

describe('a token', () => {
  test('is host|pid|nonce.seq, and each request has its own', () => {
    const tokens = Array.from({ length: 1000 }, () => owner.token())
    expect(new Set(tokens).size).toBe(1000)
    for (const token of tokens) {
      expect(token).toMatch(/^[^|\s]+\|\d+\|[0-9a-f]{8}-[0-9a-z]+-[0-9a-z]+\.[0-9a-z]+$/)
      expect(parseToken(token)).toEqual({ host: owner.host, pid: process.pid, nonce: owner.nonce })
    }
  })

  test('begins as PHP expects it: the host name, then the pid', () => {
    expect(owner.token().split('|').slice(0, 2)).toEqual([
      hostname().replace(/[\s|]/g, '_'),
      String(process.pid),
    ])
  })

  test('is known to be of this process', () => {
    expect(owner.isOwn(owner.token())).toBe(true)
    expect(owner.isOwn(createOwner().token())).toBe(false)
    expect(owner.isOwn('')).toBe(false)
  })

  test('of another copy of this module has another nonce', () => {
    expect(createOwner().nonce).not.toBe(owner.nonce)
  })

  test.each<[string, ReturnType<typeof parseToken>]>([
    ['vm|7271', { host: 'vm', pid: 7271, nonce: undefined }],
    ['|1', { host: '', pid: 1, nonce: undefined }],
    ['vm|1|a-b-c.zz', { host: 'vm', pid: 1, nonce: 'a-b-c' }],
    ['vm|1|a.b.c', { host: 'vm', pid: 1, nonce: 'a.b' }],
    ['', undefined],
    ['vm', undefined],
    ['vm|', undefined],
    ['vm|x', undefined],
    ['vm|-1', undefined],
    ['vm|1|', undefined],
    ['vm|1|nonce', undefined],
    ['a|b|1', undefined],
  ])('%j is parsed', (token, parsed) => {
    expect(parseToken(token)).toEqual(parsed)
  })
})

describe('a holder is dead', () => {
  test('when its process was killed and is gone', async () => {
    const child = await startChild('sleep', '100')
    const token = tokenOf(child.pid)
    expect(owner.isDead(token)).toBe(false)
    await end(child)
    expect(owner.isDead(token)).toBe(true)
  })

  test('when its process was killed and its parent has not looked', async () => {
    // The shell becomes a `sleep` that waits for no child: the child's process stays behind as a zombie.
    const parent = await startChild('sh', '-c', 'sleep 100 & echo $!; exec sleep 100')
    const [line] = (await once(parent.stdout ?? parent, 'data')) as [Buffer]
    const pid = Number(line.toString())
    await eventually(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n')
    const token = tokenOf(pid)
    expect(owner.isDead(token)).toBe(false)
    process.kill(pid, 'SIGKILL')
    await eventually(() => stat(pid).state === 'Z')
    expect(owner.isDead(token)).toBe(true)
  })

  test('when another process has its pid by now', () => {
    expect(owner.isDead(tokenOf(process.pid, { start: '1' }))).toBe(true)
    expect(owner.isDead(tokenOf(process.ppid, { start: '1' }))).toBe(true)
  })
})

describe('a holder is not called dead', () => {
  test('when it is this process, nor when it is another copy of this module in it', () => {
    expect(owner.isDead(owner.token())).toBe(false)
    expect(owner.isDead(createOwner().token())).toBe(false)
    expect(createOwner().isDead(owner.token())).toBe(false)
  })

  test('when its process is stopped', async () => {
    const child = await startChild('sleep', '100')
    child.kill('SIGSTOP')
    await eventually(() => stat(child.pid).state === 'T')
    expect(owner.isDead(tokenOf(child.pid))).toBe(false)
  })

  test('when it is the first process of the host', () => {
    expect(owner.isDead(tokenOf(1))).toBe(false)
  })

  test('when it says nothing of its start and a process of its pid lives', () => {
    expect(owner.isDead(tokenOf(process.pid, { start: '' }))).toBe(false)
  })

  describe('though no process has its pid:', () => {
    test.each<[string, (pid: number) => string]>([
      ['it is on another host', pid => tokenOf(pid, { host: 'elsewhere', start })],
      ['it is of another boot or container', pid => tokenOf(pid, { home: '00000000', start })],
      ['it does not say where its pid means something', pid => tokenOf(pid, { home: '', start })],
      ['it is PHP', pid => `${owner.host}|${pid}`],
      ['it is PHP with an empty third part', pid => `${owner.host}|${pid}|`],
      ['it has no number of a request', pid => `${owner.host}|${pid}|${home}-${start}-abc`],
      ['it has a fourth part', pid => `${owner.host}|${home}|${pid}|${home}-${start}-abc.1`],
      ['its pid is no number', pid => `${owner.host}|x${pid}|${home}-${start}-abc.1`],
      [
        'its pid is signed, which would be a process group',
        pid => `${owner.host}|-${pid}|${home}-${start}-abc.1`,
      ],
      ['its pid is 0, which would be our own group', () => tokenOf(0, { start })],
      ['its pid is no pid', () => tokenOf(2 ** 53, { start })],
      ['its pid is absurd', () => `${owner.host}|${'9'.repeat(400)}|${home}-${start}-abc.1`],
      ['it is garbage', () => '|||'],
      ['it is empty', () => ''],
    ])('%s', async (_, token) => {
      const child = await startChild('true')
      await end(child)
      expect(owner.isDead(token(child.pid))).toBe(false)
    })
  })
})

test('a PHP neighbour is never dead, for its hostname alone proves nothing', () => {
  for (const token of ['vm|7271', `${owner.host}|${process.pid}`, `${owner.host}|4194303`]) {
    expect(owner.isDead(token)).toBe(false)
  }
})
