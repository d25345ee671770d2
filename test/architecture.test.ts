import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { parseSync } from '@swc/core'

const src = fileURLToPath(new URL('../src', import.meta.url))

interface Import {
  /** Path of the file within src. */
  file: string
  /** Its module: the folder or file at the top of src. */
  from: string
  /** A package, or the path of a file within src. */
  target: string
  /** Gone from the compiled code. */
  typeOnly: boolean
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .sort()
const imports = files.flatMap(importsOf)
const local = imports.filter(({ target }) => target.endsWith('.ts'))
const packages = imports.filter(({ target }) => !target.endsWith('.ts') && !target.startsWith('node:'))

function importsOf(file: string): Import[] {
  const found: Import[] = []
  const add = (target: string, typeOnly: boolean) => {
    const inSrc = target.startsWith('.') ? relative(src, resolve(src, dirname(file), target)) : target
    found.push({ file, from: moduleOf(file), target: inSrc, typeOnly })
  }
  const program = parseSync(readFileSync(join(src, file), 'utf8'), { syntax: 'typescript', target: 'es2022' })
  walk(program, node => {
    if (node.type === 'ImportDeclaration') add(node.source.value, node.typeOnly)
    else if (node.type === 'ExportAllDeclaration') add(node.source.value, false)
    else if (node.type === 'ExportNamedDeclaration' && node.source) add(node.source.value, node.typeOnly)
    else if (node.type === 'CallExpression' && node.callee.type === 'Import') {
      const [argument] = node.arguments
      if (argument?.expression.type === 'StringLiteral') add(argument.expression.value, false)
    } else if (node.type === 'CallExpression' && node.callee.value === 'require') {
      // Of a package that is loaded when it is first needed.
      const [argument] = node.arguments
      if (argument?.expression.type === 'StringLiteral') add(argument.expression.value, false)
    } else if (node.type === 'TsImportType') add(node.argument.value, true)
  })
  return found
}

// biome-ignore lint/suspicious/noExplicitAny: a syntax tree has too many kinds of nodes to name them here
function walk(node: any, visit: (node: any) => void): void {
  if (Array.isArray(node)) for (const each of node) walk(each, visit)
  else if (typeof node === 'object' && node !== null) {
    if (typeof node.type === 'string') visit(node)
    for (const key of Object.keys(node)) walk(node[key], visit)
  }
}

function moduleOf(path: string): string {
  return path.replace(/\.ts$/, '').split('/')[0] ?? path
}

const GROUND = ['commit-id', 'errors', 'events', 'outage', 'progress', 'store']
const PARTS = [
  'bot',
  'codec',
  'config',
  'handler-options',
  'health',
  'lifetime',
  'listeners',
  'log',
  'session-id',
  'timed-store',
]
const STORY = ['handler', 'handler-options', 'inspect', 'session', 'session-rules', 'update', 'use', 'users']

/**
 * What each module may import, itself apart. The store's implementations know bytes and fields and never values; the codec
 * knows bytes and tags, and of a record no more than its name; the lock knows a store by its contract only.
 */
const MAY_IMPORT: Record<string, string[]> = {
  store: [],
  'commit-id': [],
  errors: ['store'],
  events: ['errors', 'store'],
  outage: ['errors', 'events'],
  progress: ['events'],
  'timed-user-index': ['events', 'store'],
  'timed-store': [...GROUND, 'timed-user-index'],
  health: GROUND,
  listeners: ['events', 'log'],
  bot: [],
  'key-bytes': [],
  codec: ['key-bytes'],
  config: ['key-bytes'],
  'session-id': [],
  php: ['codec'],
  lifetime: ['store'],
  log: GROUND,
  memory: GROUND,
  redis: [...GROUND, 'config'],
  lock: GROUND,
  users: GROUND,
  inspect: [...GROUND, ...STORY, 'codec'],
  session: [...GROUND, ...STORY, 'codec', 'lifetime', 'lock', 'session-id'],
  'session-rules': [...GROUND, ...STORY],
  use: [...GROUND, ...STORY],
  update: [...GROUND, ...STORY, 'codec'],
  'handler-options': ['bot', 'lifetime', 'listeners', 'outage', 'progress', 'session', 'users'],
  handler: [...GROUND, ...STORY, ...PARTS, 'lock'],
  create: [...GROUND, ...STORY, ...PARTS, 'lock', 'memory', 'php', 'redis'],
  index: [...GROUND, ...STORY, ...PARTS, 'create'],
  http: [...GROUND, ...STORY, 'codec'],
  express: [...GROUND, ...STORY, 'codec', 'http'],
  'express-session': [...GROUND, ...STORY, 'codec', 'http'],
  fastify: [...GROUND, ...STORY, 'codec', 'http'],
  fetch: [...GROUND, ...STORY, 'codec', 'http'],
  hono: [...GROUND, ...STORY, 'codec', 'http'],
  koa: [...GROUND, ...STORY, 'codec', 'http'],
  next: [...GROUND, ...STORY, 'codec', 'http'],
  'connect-redis': [...GROUND, ...STORY, 'config', 'create', 'express-session'],
  metrics: [...GROUND, ...STORY],
  contract: [...GROUND, ...STORY, 'create', 'index'],
  cli: [...GROUND, ...STORY, ...PARTS, 'create', 'index', 'lock', 'php', 'redis'],
}

const DOORS = ['http', 'express', 'express-session', 'fastify', 'fetch', 'hono', 'koa', 'next']

/** Packages with one place only. What is not named here is imported nowhere. */
const PLACE_OF: Record<string, RegExp> = {
  isbot: /^bot\.ts$/,
  pino: /^log\.ts$/,
  ioredis: /^redis\//,
  'secure-json-parse': /^codec\/json\.ts$/,
  valibot: /^config\//,
  'fastest-levenshtein': /^config\//,
  bytes: /^config\/units\.ts$/,
  ms: /^config\/units\.ts$/,
  'express-session': /^(express-session|connect-redis)\//,
  cookie: /^http\/cookie\.ts$/,
  'on-headers': /^http\/cookie-header\.ts$/,
  fastify: /^fastify\//,
  hono: /^hono\//,
  'hono/http-exception': /^hono\//,
  'hono/route': /^hono\//,
  koa: /^koa\//,
  '@opentelemetry/api': /^metrics\//,
  'next/headers.js': /^next\/index\.ts$/,
  'lz4-napi': /^codec\/lz4\.ts$/,
  yargs: /^cli\//,
  'cli-table3': /^cli\/table\.ts$/,
  snappy: /^codec\/snappy\.ts$/,
}
/** Where its types may be named as well. */
const TYPES_OF: Record<string, RegExp> = { ioredis: /^create\.ts$/ }

test('the sources were found, and what they import', () => {
  expect(files).toContain('lock/decide.ts')
  expect(local.length).toBeGreaterThan(50)
  expect(packages.length).toBeGreaterThan(5)
})

test('each module has its place in the table above', () => {
  expect([...new Set(files.map(moduleOf))].filter(name => !(name in MAY_IMPORT))).toEqual([])
})

describe('imports point one way', () => {
  test.each(Object.entries(MAY_IMPORT))('%s imports nothing but %j', (module, may) => {
    const astray = local
      .filter(
        ({ from, target }) =>
          from === module && moduleOf(target) !== module && !may.includes(moduleOf(target)),
      )
      .map(({ file, target }) => `${file} → ${target}`)
    expect(astray).toEqual([])
  })

  test('every imported file exists, by its own name', () => {
    expect(local.filter(({ target }) => !existsSync(join(src, target)))).toEqual([])
  })

  test('doors take nothing but types from the codec', () => {
    expect(
      local.filter(i => DOORS.includes(i.from) && moduleOf(i.target) === 'codec' && !i.typeOnly),
    ).toEqual([])
  })
})

test('no file imports itself, by whatever detour; types apart', () => {
  const next = new Map<string, string[]>()
  for (const { file, target, typeOnly } of local) {
    if (!typeOnly) next.set(file, [...(next.get(file) ?? []), target])
  }
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (path.includes(file) || done.has(file)) return
    for (const target of next.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(cycles).toEqual([])
})

test('Fastify, Koa and Hono are not loaded: their entries take types, and a class of errors and the matched routes from Hono', () => {
  const loaded = packages.filter(({ target, typeOnly }) => /^(fastify|koa|hono)\b/.test(target) && !typeOnly)
  expect(loaded.map(({ target }) => target)).toEqual(['hono/http-exception', 'hono/route'])
})

describe('a package is imported in one place', () => {
  test.each([...new Set(packages.map(({ target }) => target))])('%s', name => {
    const astray = packages.filter(({ target, file, typeOnly }) => {
      const here = PLACE_OF[name]?.test(file) || (typeOnly && TYPES_OF[name]?.test(file))
      return target === name && !here
    })
    expect(astray.map(({ file }) => file)).toEqual([])
  })

  test('and is a dependency that users get or are told of', () => {
    const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(src, '../package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>
    const known = { ...dependencies, ...peerDependencies, ...optionalDependencies }
    const names = packages.map(({ target }) => target.replace(/^(@[^/]+\/[^/]+|[^@/]+)\/.*/, '$1'))
    expect(names.filter(name => !(name in known))).toEqual([])
  })
})

test('no source file is longer than 300 lines', () => {
  const lines = (file: string) => readFileSync(join(src, file), 'utf8').split('\n').length - 1
  expect(files.filter(file => lines(file) > 300)).toEqual([])
})

test('no text keeps the marks of a merge', () => {
  const root = join(src, '..')
  const texts = ['src', 'test', 'bench', 'docs', 'examples', 'scripts'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && /\.(ts|mjs|js|lua|md|json)$/.test(entry.name))
      .map(entry => join(entry.parentPath, entry.name))
      .filter(path => !path.includes('node_modules')),
  )
  const marked = texts.filter(path => /^(<{7}|>{7}) /m.test(readFileSync(path, 'utf8')))
  expect(texts.length).toBeGreaterThan(500)
  expect(marked.map(path => relative(root, path))).toEqual([])
})
