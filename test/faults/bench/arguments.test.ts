import { describe, expect, test } from '@jest/globals'
import { parse } from '../../../bench/arguments.ts'
import { USAGE } from '../../../bench/usage.ts'

test('without options the built-in shops are measured, and balanced would be written', () => {
  expect(parse([])).toMatchObject({ sample: 1000, seed: 1, choose: 'balanced', quick: false, json: false })
})

test('options are read', () => {
  const args =
    '--redis unix:///r.sock --sample 20 --prefix s: --rtt 1.5 --mbit 100 --write c.json --choose fastest --quick --json'
  expect(parse(args.split(' '))).toMatchObject({
    ...{ redis: 'unix:///r.sock', sample: 20, prefix: 's:', rtt: 1.5, mbit: 100 },
    ...{ write: 'c.json', choose: 'fastest', quick: true, json: true },
  })
})

describe('wrong use is one sentence', () => {
  test.each([
    ['--nonsense', '--nonsense is not an option: see --help.'],
    ['-x', '-x is not an option: see --help.'],
    ['sessions', '"sessions" is not expected here: see --help.'],
    ['--redis', '--redis needs a value.'],
    ['--dir=', '--dir needs a value.'],
    ['--html --quick', '--html needs a value.'],
    ['--dir a --dir b', '--dir can be given once.'],
    ['--json=yes', '--json takes no value.'],
    ['--redis redis://x --sample many', '--sample: expected a whole number from 1 to 100000, got "many".'],
    ['--redis redis://x --sample 0', '--sample: expected a whole number from 1 to 100000, got "0".'],
    ['--redis redis://x --sample 1.5', '--sample: expected a whole number from 1 to 100000, got "1.5".'],
    ['--rtt=-1', '--rtt: expected a number from 0 to 10000, got "-1".'],
    ['--rtt -1', '--rtt: expected a number from 0 to 10000, got "-1".'],
    ['--mbit -.5', '--mbit: expected a number from 0.01 to 1000000, got "-.5".'],
    ['--redis redis://x --sample -1', '--sample: expected a whole number from 1 to 100000, got "-1".'],
    ['--json -1', '-1 is not an option: see --help.'],
    ['--html -q', '--html needs a value.'],
    ['--mbit 0', '--mbit: expected a number from 0.01 to 1000000, got "0".'],
    ['--seed 1e3', '--seed: expected a whole number from 0 to 2147483647, got "1e3".'],
    [
      '--write c.json --choose cheapest',
      '--choose: expected one of fastest, smallest, balanced, got "cheapest".',
    ],
    ['--choose fastest', '--choose needs --write: it says which recommendation is written.'],
    ['--sample 5', '--sample needs --redis: it says which of its sessions are measured.'],
    ['--any', '--any needs --dir or --redis: it admits what does not look like a session.'],
    ['--dir a', '--dir needs --rtt, the milliseconds of a round trip to your Redis'],
    ['--redis redis://x --dir y', '--redis and --dir exclude each other: sessions come from one of them.'],
  ])('%s', (args, sentence) => expect(() => parse(args.split(' '))).toThrow(sentence))
})

test('the help names every option, in 80 columns', () => {
  for (const option of Object.keys(parse([]))) expect(USAGE).toContain(`--${option}`)
  expect(Math.max(...USAGE.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
})
