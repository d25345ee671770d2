// How the comparison with the rivals is asked for. It is a package of its own, without types, and runs for minutes.
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'

const rivals = new URL('../../../bench/rivals/', import.meta.url)

interface Asked {
  readonly quick: boolean
  readonly rounds: number
  out(): string
}
type Parse = (args: readonly string[], published: string) => Asked

async function parse(...args: string[]): Promise<Asked> {
  const file: string = fileURLToPath(new URL('arguments.mjs', rivals))
  return ((await import(file)) as { parse: Parse }).parse(args, '/published')
}

function run(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise(resolve =>
    execFile(process.execPath, [fileURLToPath(new URL('run.mjs', rivals)), ...args], (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    ),
  )
}

test('help is given on stdout', async () => {
  const { code, out, err } = await run('--help')
  expect([code, err]).toEqual([0, ''])
  for (const option of ['only', 'rounds', 'out', 'built', 'quick']) expect(out).toContain(`--${option}`)
})

test.each([
  [['--quik'], '--quik is not an option: see --help.'],
  [['all'], '"all" is not expected here: see --help.'],
  [['--out'], '--out needs a value.'],
  [['--out='], '--out needs a value.'],
  [['--quick=1'], '--quick takes no value.'],
  [['--rounds', '0'], '--rounds: expected a whole number from 1, got "0".'],
])('wrong use is one sentence and exit code 2: %j', async (args, sentence) => {
  expect(await run(...args)).toEqual({ code: 2, out: '', err: `bench:rivals: ${sentence}\n` })
})

test('a quick run leaves the published results as they are, unless it is told where to write', async () => {
  const out = (await parse('--quick')).out()
  await rm(out, { recursive: true })
  expect(out.startsWith(tmpdir())).toBe(true)
  expect((await parse('--quick', '--out', 'here')).out()).toBe('here')
  expect((await parse()).out()).toBe('/published')
  expect([(await parse('--quick')).rounds, (await parse()).rounds]).toEqual([1, 7])
})

interface Verdict {
  readonly what: string
  readonly is: string
  readonly met: boolean
  readonly bound?: string
}

interface Report {
  readonly tables: readonly { readonly columns: string[]; readonly rows: string[][] }[]
  readonly verdicts: Verdict[]
  readonly wrong: readonly string[]
}

async function report(question: string, results: object): Promise<Report> {
  const file: string = fileURLToPath(new URL(`questions/${question}.mjs`, rivals))
  type Question = { report(results: object, label: object): Report }
  return ((await import(file)) as { default: Question }).default.report(results, {})
}

async function verdicts(question: string, results: object): Promise<Verdict[]> {
  return (await report(question, results)).verdicts
}

describe('ordinary requests', () => {
  const measured = (name: string, connections: number, perSecond: number) => ({
    ...{
      round: 0,
      name,
      connections,
      perSecond,
      requests: 1,
      serverCpu: 1,
      p50: 1,
      p99: 1,
      busy: 0,
      wrong: 0,
    },
  })
  const others = [1, 64].flatMap(n =>
    ['connect-redis', 'latchkey', 'latchkey-unlocked'].map(name => measured(name, n, 1000)),
  )
  const ofDirect = async (results: object[]) =>
    (await verdicts('ordinary', results))
      .filter(({ what }) => what.startsWith('open + commit'))
      .map(({ what, is, met }) => [what, is, met])

  test('open + commit has bounds of its own', async () => {
    const direct = [measured('open-commit', 1, 1100), measured('open-commit', 64, 1599)]
    expect(await ofDirect([...others, ...direct])).toEqual([
      ['open + commit: throughput, 1 at once', '1.10', true],
      ['open + commit: throughput, 64 at once', '1.60', false],
    ])
  })

  test('results of an earlier run say nothing of a contestant that was not there', async () => {
    expect(await ofDirect(others)).toEqual([])
    expect(await verdicts('ordinary', others)).toHaveLength(4)
  })
})

describe('memory', () => {
  const KB = 1024
  const measured = (name: string, size: number, bytes: number) => ({ name, size, used: [bytes] })
  const sizes = [0.5, 2, 6, 20]
  const others = ['connect-redis', 'latchkey', 'latchkey-uncompressed'].flatMap(name =>
    sizes.map(size => measured(name, size, size * KB)),
  )

  test("a small session has a bound, and beside it what the server's setting makes of it", async () => {
    const small = [
      ['connect-redis', 600],
      ['latchkey', 780],
      ['latchkey-uncompressed', 780],
      ['latchkey-listpack', 600],
    ] as const
    const ofSmall = small.map(([name, bytes]) => measured(name, 350 / KB, bytes))
    const tuned = sizes.map(size => measured('latchkey-listpack', size, size * KB))
    expect((await verdicts('memory', [...others, ...ofSmall, ...tuned]))[0]).toEqual({
      what: '350 bytes, against connect-redis',
      must: '≤ 1.3',
      is: '1.30',
      met: true,
      bound: 'with hash-max-listpack-value 1024: 1',
    })
  })

  test('results of an earlier run say nothing of sizes that it did not measure', async () => {
    expect((await verdicts('memory', others)).map(({ what }) => what)).toEqual([
      '2 KB, against connect-redis',
      '6 KB, against connect-redis',
      '20 KB, against connect-redis',
    ])
  })
})

describe('the doors of all frameworks', () => {
  const OWN = ['connect-redis', 'fastify-session', 'koa-session', 'hono-sessions']
  const DOORS = ['latchkey', 'latchkey-fastify', 'latchkey-koa', 'latchkey-hono']
  const visit = (name: string, counter: number) => ({
    ...{ round: 0, name, counter, distinct: counter - 1, statuses: { 200: 200 } },
  })
  const measured = (names: readonly string[]) => ({
    failed: {},
    commands: Object.fromEntries(names.map(name => [name, { each: 2, which: 'get, set' }])),
    hot: names.map(name => visit(name, DOORS.includes(name) ? 201 : 12)),
    steady: [1, 64].flatMap(connections =>
      names.map(name => {
        const perSecond = DOORS.includes(name) ? 1500 : 1000
        return { round: 0, name, connections, perSecond, p50: 1, p99: perSecond / 100, wrong: 0 }
      }),
    ),
  })
  const row = ({ tables }: Report, table: number, name: string) =>
    tables[table]?.rows.find(cells => cells[1] === name)

  test("each stands beside its framework's own session, and only the doors must keep every update", async () => {
    const all = await report('doors', measured([...OWN, ...DOORS]))
    expect(all.tables[0]?.rows.map(([framework, name]) => [framework, name])).toEqual([
      ['Express', 'connect-redis'],
      ['', 'latchkey'],
      ['Fastify', 'fastify-session'],
      ['', 'latchkey-fastify'],
      ['Koa', 'koa-session'],
      ['', 'latchkey-koa'],
      ['Hono', 'hono-sessions'],
      ['', 'latchkey-hono'],
    ])
    for (const n of [0, 1]) {
      expect(row(all, n, 'latchkey-koa')).toEqual(['', 'latchkey-koa', '1,500', '1.50', '1', '15', '1.50'])
    }
    expect(row(all, 2, 'koa-session')?.slice(4)).toEqual(['12', '**lost**, 1 of 1 times'])
    expect(row(all, 2, 'latchkey-koa')?.slice(4)).toEqual(['201', 'all kept'])
    expect(all.verdicts.map(({ is, met }) => [is, met])).toEqual([
      ['4 of 4 times', true],
      ['2', true],
    ])
    expect(all.wrong).toEqual([])
  })

  test('an update that a door loses is a wrong answer', async () => {
    const results = measured([...OWN, ...DOORS])
    const hot = results.hot.map(each => (each.name === 'latchkey-hono' ? visit('latchkey-hono', 200) : each))
    const { verdicts, wrong } = await report('doors', { ...results, hot })
    expect(verdicts[0]).toMatchObject({ is: '3 of 4 times', met: false })
    expect(wrong).toEqual(['latchkey-hono: counter 200, {"200":200}'])
  })

  test('a session that does not work says so in its row, and its door is measured all the same', async () => {
    const some = measured([...OWN.filter(name => name !== 'koa-session'), ...DOORS])
    const without = await report('doors', { ...some, failed: { 'koa-session': 'Error: no store' } })
    for (const n of [0, 1, 2]) {
      const { columns = [] } = without.tables[n] ?? {}
      const said = ['Koa', 'koa-session', 'does not work: Error: no store']
      expect(row(without, n, 'koa-session')).toEqual(
        Object.assign(
          columns.map(() => ''),
          said,
        ),
      )
    }
    expect(row(without, 0, 'latchkey-koa')).toEqual(['', 'latchkey-koa', '1,500', '–', '1', '15', '–'])
    expect(without.verdicts.every(({ met }) => met)).toBe(true)
    expect(without.wrong).toEqual([])
  })

  test('a door that does not work keeps no promise', async () => {
    const some = measured([...OWN, ...DOORS.filter(name => name !== 'latchkey-koa')])
    const { verdicts, wrong } = await report('doors', { ...some, failed: { 'latchkey-koa': 'Error: no' } })
    expect(verdicts.map(({ met }) => met)).toEqual([false, false])
    expect(wrong).toEqual(['latchkey-koa does not work: Error: no'])
  })
})
