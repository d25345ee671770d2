import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { runFirstProgram, VISITS } from '../../scripts/first-program.ts'
import { codeBlocks, page } from '../support/pages.ts'
import { startRedis } from '../support/redis-server.ts'

// The packed tarball as a user gets it: built, unpacked and imported by another package. Building takes its time.
jest.setTimeout(120_000)

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

let folder: string
let installed: string
let packed: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-package-'))
  const project = await copyOfProject()
  await run('npm', ['pack', '--pack-destination', folder], { cwd: project, timeout: 100_000 })
  const tarball = (await readdir(folder)).find(name => name.endsWith('.tgz')) ?? ''
  await run('tar', ['-xzf', tarball], { cwd: folder, timeout: 20_000 })
  // Its dependencies stand beside it, as npm would put them.
  const modules = join(folder, 'user/node_modules')
  installed = join(modules, 'latchkey')
  await mkdir(modules, { recursive: true })
  await rename(join(folder, 'package'), installed)
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== 'latchkey') await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  await writeFile(join(folder, 'user/package.json'), '{"name":"user","type":"module"}')
  packed = await readdir(installed, { recursive: true })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** `npm pack` builds; in a copy, so that it takes no `dist` away from somebody who is using it. */
async function copyOfProject(): Promise<string> {
  const project = join(folder, 'project')
  const left = new Set(['node_modules', 'dist', '.git', 'test', 'examples', 'docs', 'site'])
  await mkdir(project)
  // What compares Latchkey with its rivals is a package of its own.
  const filter = (path: string) => !path.startsWith(join(root, 'bench/rivals'))
  for (const name of await readdir(root)) {
    if (!left.has(name)) await cp(join(root, name), join(project, name), { recursive: true, filter })
  }
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'))
  return project
}

async function script(name: string, text: string): Promise<string> {
  const path = join(folder, 'user', name)
  await writeFile(path, text)
  const { stdout } = await run(process.execPath, [path], { cwd: dirname(path), timeout: 20_000 })
  return stdout
}

describe('the tarball', () => {
  test('holds the compiled code with its declarations', () => {
    for (const file of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/express/index.js',
      'dist/express/index.d.ts',
      'dist/express-session/index.js',
      'dist/express-session/index.d.ts',
      'dist/fastify/index.d.ts',
      'dist/koa/index.d.ts',
      'dist/hono/index.d.ts',
      'dist/fetch/index.d.ts',
      'dist/next/index.d.ts',
    ]) {
      expect(packed).toContain(file)
    }
  })

  test('holds each Lua script', async () => {
    const scripts = (await readdir(join(root, 'src/redis/scripts'))).filter(name => name.endsWith('.lua'))
    expect(scripts.length).toBeGreaterThan(0)
    for (const name of scripts) {
      const there = await readFile(join(installed, 'dist/redis/scripts', name), 'utf8')
      expect(there).toBe(await readFile(join(root, 'src/redis/scripts', name), 'utf8'))
    }
  })

  test('holds what package.json promises under exports', async () => {
    const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>
    }
    const promised = Object.values(exports).flatMap(target =>
      typeof target === 'string' ? [target] : Object.values(target),
    )
    expect(promised.filter(target => !existsSync(join(installed, target)))).toEqual([])
  })

  test('holds no sources, tests, secrets or leftovers', () => {
    const odd = packed.filter(
      file => !/^(dist|dist\/.*)$/.test(file) || (/\.ts$/.test(file) && !/\.d\.ts$/.test(file)),
    )
    const besides = odd.filter(
      file => !/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|config\.(schema|example)\.json)$/.test(file),
    )
    expect(besides).toEqual([])
    expect(packed.filter(file => /test|fixture|\.env|\.npmrc/i.test(file))).toEqual([])
  })
})

describe('a package that depends on it', () => {
  test('commits and reads a session on the memory store', async () => {
    const said = await script(
      'session.js',
      `import { createSessions } from 'latchkey'
       const sessions = await createSessions({ store: 'memory' })
       const first = await sessions.open(undefined, { request: 'GET shop.example/' })
       first.data.cart = ['tea']
       const outcome = await first.commit()
       const second = await sessions.open(first.id)
       console.log(JSON.stringify([outcome, second.data, second.locked]))
       await second.release()
       await sessions.close()`,
    )
    expect(JSON.parse(said)).toEqual([{ written: true, writes: 1 }, { cart: ['tea'] }, true])
  })

  test('runs the first program of README.md, pasted into an empty file', async () => {
    const [program, getting] = ['README.md', 'docs/getting-started.md'].map(path =>
      codeBlocks(page(path)).find(({ language }) => language === 'js'),
    )
    expect(getting?.code).toBe(program?.code)
    const redis = await startRedis()
    try {
      expect(await runFirstProgram(join(folder, 'user'), redis.url)).toEqual(VISITS)
    } finally {
      await redis.stop()
    }
  })

  test('imports the adapter for Express', async () => {
    const said = await script(
      'express.js',
      `import * as it from 'latchkey/express-session'; console.log(typeof it.expressStore)`,
    )
    expect(said).toBe('function\n')
  })

  test('imports the door of each framework', async () => {
    const said = await script(
      'doors.js',
      `import * as express from 'latchkey/express'
       import fastify from 'latchkey/fastify'
       import * as koa from 'latchkey/koa'
       import * as hono from 'latchkey/hono'
       import * as fetch from 'latchkey/fetch'
       import * as next from 'latchkey/next'
       console.log([express.session, fastify, koa.session, hono.session, fetch.fetchSessions, next.nextSessions].map(it => typeof it).join())`,
    )
    expect(said).toBe('function,function,function,function,function,function\n')
  })

  test('requires every entry from CommonJS, and connect-redis as old code does', async () => {
    const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
      exports: object
    }
    const entries = Object.keys(exports).filter(name => !name.endsWith('.json'))
    const said = await script(
      'required.cjs',
      `const { createSessions } = require('latchkey')
       const sessions = createSessions({ store: 'memory' })
       const all = ${JSON.stringify(entries)}.map(name => typeof require('latchkey' + name.slice(1)))
       const Store = require('latchkey/connect-redis')(require('express-session'))
       sessions.close().then(() => console.log(JSON.stringify([new Set(all).size, Store.name])))`,
    )
    expect(JSON.parse(said)).toEqual([2, 'RedisStore'])
  })

  test('compresses with each library, and registers one of its own', async () => {
    const said = await script(
      'codec.js',
      `import { createSessions } from 'latchkey'
       import { COMPRESSORS, pack, unpack } from 'latchkey/codec'
       const text = Buffer.from('a cart and what is in it. '.repeat(400))
       const usable = COMPRESSORS.filter(c => c.unavailable?.() === undefined)
       const own = { ...usable[0], name: 'mine', tag: ':my:' }
       const sessions = await createSessions({ store: 'memory', compression: 'mine' }, { compressors: [own] })
       const session = await sessions.open()
       session.data.text = text.toString()
       await session.commit()
       const { compression } = await sessions.inspect(session.id)
       await sessions.close()
       const same = await Promise.all(usable.map(async compressor => {
         const { payload } = await pack(text, { compressor, level: null, threshold: 0 })
         return (await unpack(payload, 0)).equals(text) && payload.length < text.length
       }))
       console.log(JSON.stringify([compression, usable.slice(0, 4).map(c => c.name), same.every(Boolean)]))`,
    )
    expect(JSON.parse(said)).toEqual(['mine', ['gzip', 'lzf', 'lz4', 'snappy'], true])
  })

  test('reaches Redis with the scripts that came along', async () => {
    const said = await script(
      'redis.js',
      `import { createSessions } from 'latchkey'
       const sessions = await createSessions({ redis: { path: '/nowhere/redis.sock', connectTimeout: 0.2, commandTimeout: 0.2 }, logLevel: 'silent' })
       await sessions.ping().catch(error => console.log(error.code))
       await sessions.close({ grace: 0 })`,
    )
    expect(said).toBe('STORE_UNAVAILABLE\n')
  })

  test('compiles against its declarations', async () => {
    await writeFile(
      join(folder, 'user/index.ts'),
      `import { createSessions, type Sessions, SessionError } from 'latchkey'
       import { expressStore } from 'latchkey/express-session'
       const sessions: Sessions = await createSessions({ store: 'memory', lifetime: 60 })
       const session = await sessions.open('x', { access: 'readonly' })
       const outcome = await session.commit()
       if (!outcome.written && outcome.error instanceof SessionError) console.log(outcome.reason)
       export const store = expressStore(sessions)
       // @ts-expect-error an option that there is not
       await createSessions({ lifetimes: 60 })`,
    )
    await writeFile(
      join(folder, 'user/doors.ts'),
      `import Fastify from 'fastify'
       import { Hono } from 'hono'
       import Koa from 'koa'
       import { createSessions } from 'latchkey'
       import latchkey from 'latchkey/fastify'
       import { fetchSessions } from 'latchkey/fetch'
       import { session as forHono, type SessionVariables } from 'latchkey/hono'
       import { session as forKoa } from 'latchkey/koa'
       import { nextSessions } from 'latchkey/next'

       declare module 'latchkey' { interface SessionData { cart?: string[] } }
       interface Mine { n?: number }
       const options = { sessions: await createSessions(), secret: 's' }

       const fastify = Fastify()
       await fastify.register(latchkey, options)
       fastify.get('/', { config: { session: 'readonly' } }, async ({ session }) => {
         const cart: string[] | undefined = session.data.cart
         return cart
       })
       // @ts-expect-error an access that there is not
       fastify.get('/never', { config: { session: 'never' } }, async () => 1)

       const hono = new Hono<{ Variables: SessionVariables<Mine> }>()
       hono.use(forHono<Mine>({ ...options, access: c => c.req.path === '/' ? 'readonly' : undefined }))
       hono.get('/', c => {
         const n: number | undefined = c.var.session.data.n
         return c.json(n ?? 0)
       })

       const koa = new Koa().use(forKoa<Mine>({ ...options, access: ctx => ctx.path !== '/' && 'optimistic' }))
       koa.use(ctx => {
         const n: number | undefined = ctx.session.data.n
         ctx.body = String(n)
       })

       const next = nextSessions<Mine>({ ...options, sessions: () => options.sessions })
       export const POST = next.route(async request => Response.json([request.url, (await next()).data.n]))
       export const add = next.action(async (form: FormData) => Number(form.get('n')) + ((await next.read()).n ?? 0))

       const session = fetchSessions<Mine>(options.sessions, options)
       export const handler = (request: Request) => session.run(request, async () => {
         const { data } = await session()
         data.n = 1
         // @ts-expect-error what it does not hold
         data.x = 1
         return new Response()
       })`,
    )
    const options = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      noEmit: true,
      types: ['node'],
      skipLibCheck: false,
    }
    await writeFile(
      join(folder, 'user/tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['index.ts', 'doors.ts'] }),
    )
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [tsc, '-p', '.'], {
      cwd: join(folder, 'user'),
      timeout: 60_000,
    }).catch((error: { stdout: string }) => error)
    // What other packages declare is their affair.
    expect(
      stdout
        .split('\n')
        .filter(line => !line.includes('node_modules/') || line.includes('latchkey/'))
        .join('\n'),
    ).toBe('')
  })

  describe('compiles req.session of latchkey/express, without a complaint from any declaration,', () => {
    const MOUNTED = `
      import express from 'express'
      import { createSessions } from 'latchkey'
      import { session } from 'latchkey/express'
      declare module 'latchkey' {
        interface SessionData { cart: string[]; user?: { name: string } }
      }
      const sessions = createSessions({ store: 'memory' })
      const app = express()
      app.use(session({ sessions, secret: ['new', Buffer.from('old')], access: req => (req.url === '/' ? 'readonly' : undefined) }))
      app.use(session<express.Request>({ sessions, secret: 's', cookie: req => ({ path: req.baseUrl }), genid: req => req.ip ?? '' }))`

    test('by its own types', async () => {
      const text = `${MOUNTED}
        app.post('/', async (req, res) => {
          req.session.cart = [...(req.session.cart ?? []), 'tea']
          const name: string | undefined = req.session.user?.name
          req.session.cookie.maxAge = null
          await req.session.regenerate()
          await req.session.upgrade()
          req.session.reload().catch(() => {})
          req.session.save(error => { if (error) throw error })
          req.sessionStore.destroy(req.sessionID, () => {})
          res.send(name)
          // @ts-expect-error what is not declared
          req.session.undeclared
          // @ts-expect-error another type than the declared one
          req.session.user = 'ada'
        })`
      expect(await compiled(text, { without: ['express-session'] })).toBe('')
    })

    test('by those of @types/express-session where they are installed, with our promises', async () => {
      const text = `${MOUNTED}
        import { promisify } from 'node:util'
        import 'express-session'
        declare module 'express-session' {
          interface SessionData { cart: string[]; visits: number }
        }
        app.post('/', async (req, res) => {
          req.session.cart = [...(req.session.cart ?? []), 'tea']
          const visits: number | undefined = req.session.visits
          const name: string | undefined = req.session.user?.name
          await req.session.regenerate()
          await req.session.upgrade()
          req.session.upgrade(() => {})
          req.session.reload().catch(() => {})
          await req.session.save()
          await req.session.destroy()
          req.session.regenerate(error => { if (error) throw error })
          await promisify<void>(req.session.regenerate.bind(req.session))()
          req.session.touch().save(() => {})
          res.json([visits, name])
          // @ts-expect-error what is not declared
          req.session.undeclared
          // @ts-expect-error another type than the declared one
          req.session.user = 'ada'
        })`
      expect(await compiled(text)).toBe('')
    })

    test('on node:http, without the types of Express', async () => {
      const text = `
        import { createServer, type IncomingMessage } from 'node:http'
        import { createSessions } from 'latchkey'
        import { type SessionOfRequest, session } from 'latchkey/express'
        const sessions = session({ sessions: createSessions({ store: 'memory' }), secret: 's' })
        createServer((req, res) => sessions(req, res, () => {
          const { session } = req as IncomingMessage & SessionOfRequest
          res.end(session.id)
        }))`
      const without = ['express', 'express-serve-static-core', 'express-session']
      expect(await compiled(text, { without })).toBe('')
    })
  })

  /** What tsc says of a program in a folder of its own, where some packages of `@types` are not installed. */
  async function compiled(text: string, { without = [] as string[] } = {}): Promise<string> {
    const program = await mkdtemp(join(folder, 'typed-'))
    const modules = join(program, 'node_modules')
    await mkdir(join(modules, '@types'), { recursive: true })
    for (const name of await readdir(join(root, 'node_modules'))) {
      if (name !== '@types' && name !== 'latchkey') {
        await symlink(join(root, 'node_modules', name), join(modules, name))
      }
    }
    for (const name of await readdir(join(root, 'node_modules/@types'))) {
      if (without.includes(name)) continue
      await symlink(join(root, 'node_modules/@types', name), join(modules, '@types', name))
    }
    // A copy: through a link its imports would be looked up where the other tests installed it.
    await cp(installed, join(modules, 'latchkey'), { recursive: true })
    const compilerOptions = {
      ...{ module: 'nodenext', target: 'es2023', strict: true, noEmit: true },
      ...{ types: ['node'], skipLibCheck: false },
    }
    await writeFile(join(program, 'package.json'), '{"name":"typed","type":"module"}')
    await writeFile(join(program, 'index.ts'), text)
    await writeFile(join(program, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.ts'] }))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const options = { cwd: program, timeout: 60_000 }
    return (await run(process.execPath, [tsc, '-p', '.'], options).catch(error => error)).stdout
  }

  test('imports the suite for stores of its own', async () => {
    expect(
      await script(
        'contract.js',
        `import * as it from 'latchkey/contract'; console.log(Object.keys(it).length > 0)`,
      ),
    ).toBe('true\n')
  })

  test('runs its bench, as the command that npm links', async () => {
    const { bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
      bin: { latchkey: string }
    }
    const command = join(installed, bin.latchkey)
    expect(await readFile(command, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    const link = join(folder, 'user/latchkey')
    await symlink(command, link)
    const options = { cwd: join(folder, 'user'), timeout: 60_000 }
    const { stdout, stderr } = await run(process.execPath, [link, 'bench', '--quick', '--json'], options)
    const { recommendations, machine } = JSON.parse(stdout) as {
      recommendations: { config: object }[]
      machine: { versions: Record<string, string> }
    }
    expect(stderr).toBe('')
    expect(recommendations).toHaveLength(3)
    expect(machine.versions).toHaveProperty('ioredis')
    await expect(
      run(process.execPath, [link, 'bench', '--redis', 'unix:///nowhere'], options),
    ).rejects.toThrow('Redis at unix:///nowhere is not available')
  })

  test('cannot reach what is private', async () => {
    await expect(script('private.js', `await import('latchkey/dist/lock/locks.js')`)).rejects.toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    )
  })
})
