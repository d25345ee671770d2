// How the comparison with the rivals is asked for. It is a package of its own, without types, and runs for minutes.
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'

const rivals = new URL('../../bench/rivals/', import.meta.url)

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
  [['--rounds', '0'], '--rounds must be a whole number from 1, but it is "0".'],
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

async function verdicts(question: string, results: object): Promise<Verdict[]> {
  const file: string = fileURLToPath(new URL(`questions/${question}.mjs`, rivals))
  type Report = (results: object, label: object) => { verdicts: Verdict[] }
  return ((await import(file)) as { default: { report: Report } }).default.report(results, {}).verdicts
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
