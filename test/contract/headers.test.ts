import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { TRANSITIONS } from '../../src/redis/scripts.ts'

const lua = (name: string) =>
  readFileSync(new URL(`../../src/redis/scripts/${name}.lua`, import.meta.url), 'utf8')

const header = (script: string) => /^(?:--.*\n)+/.exec(script)?.[0] ?? ''
const body = (script: string) =>
  script
    .slice(header(script).length)
    .split('\n')
    .map(line => line.replace(/--.*/, ''))
    .join('\n')

/** From its keyword to the next one, without the comment's dashes. */
function part(script: string, keyword: string): string {
  const [, found] =
    new RegExp(`^-- ${keyword} +([^]*?)(?=^-- [A-Z]{4,}|^(?!--))`, 'm').exec(header(script)) ?? []
  return (found ?? '').replace(/^--/gm, ' ')
}

const highest = (text: string, name: string) =>
  Math.max(0, ...[...text.matchAll(new RegExp(`${name}\\[(\\d+)\\]`, 'g'))].map(([, n]) => Number(n)))

/** `1 token · 2 request` names 1 and 2, `1–5 see common.lua` the five. */
function listed(text: string): number[] {
  return text
    .split(/[·\n]/)
    .map(item => /^\s*(\d+)(?:–(\d+))? [a-z]/.exec(item))
    .filter(item => item !== null)
    .flatMap(([, from, to]) => range(Number(from), Number(to ?? from)))
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const words = (text: string) => [...text.matchAll(/'([a-z][\w-]+)'/g)].map(([, word]) => word ?? '')

function withoutCalls(text: string): string {
  const less = text.replace(/\w[\w.]*\([^()]*\)/g, '')
  return less === text ? text : withoutCalls(less)
}

/** The word, or words, that a reply `{…}` begins with; of a refusal the reasons too. */
function opening(reply: string): string[] {
  const [outcome = '', reason = ''] = withoutCalls(reply).split(',')
  return [...words(outcome), ...(outcome.includes('refused') ? words(reason) : [])]
}

function toldInHeader(script: string): string[] {
  const told = [...part(script, 'OUTPUT').matchAll(/\{([^{}]*)\}/g)].flatMap(([, reply]) =>
    opening(reply ?? ''),
  )
  return [...new Set(told)].sort()
}

/** Words that are only compared with are no answers. */
const withoutCompared = (text = '') => text.replace(/== '[\w-]+'/g, '')

function saidInBody(script: string): string[] {
  const replies = [...body(script).matchAll(/return \{(.*)/g)].flatMap(([, reply]) => opening(reply ?? ''))
  const reasons = [...body(script).matchAll(/refused\((.*)\)/g)].flatMap(([, reason]) =>
    words(withoutCompared(reason)),
  )
  return [...new Set([...replies, ...reasons])].sort()
}

test('common.lua names one key and five arguments, and uses them all', () => {
  const common = lua('common')
  expect(listed(part(common, 'KEYS'))).toEqual([1])
  expect(listed(part(common, 'ARGV'))).toEqual([1, 2, 3, 4, 5])
  expect(highest(body(common), 'KEYS')).toBe(1)
  expect(highest(body(common), 'ARGV')).toBe(5)
})

test('the common case of commit.lua forgets commits after the time that common.lua has', () => {
  const [, recent] = /^local RECENT_MS = (\d+)$/m.exec(lua('common')) ?? []
  const [head = ''] = lua('commit').split('-- common.lua')
  expect(/since - \S.* > (\d+) then/.exec(head)?.[1]).toBe(recent)
})

describe.each([...TRANSITIONS])('%s.lua', name => {
  const script = lua(name)

  test('begins with its name, and tells keys, arguments, output and guarantee', () => {
    expect(script.startsWith(`-- ${name}: `)).toBe(true)
    for (const keyword of ['KEYS', 'ARGV', 'OUTPUT', 'GUARANTEE']) expect(part(script, keyword)).not.toBe('')
  })

  test('names the keys that common.lua has', () => {
    expect(listed(part(script, 'KEYS'))).toEqual([1])
    // In front of the shared functions it names it by number.
    expect(highest(body(script), 'KEYS')).toBeLessThanOrEqual(1)
  })

  test('names every argument that it uses, and no other', () => {
    const named = listed(part(script, 'ARGV'))
    expect(named).toEqual([...named.keys()].map(i => i + 1))
    const used = new Set([...body(script).matchAll(/ARGV\[(\d+)\]/g)].map(([, n]) => Number(n)))
    expect([...used].filter(n => n > 5).sort((a, b) => a - b)).toEqual(named.slice(5))
  })

  test('names every word that it answers with, and no other', () => {
    expect(saidInBody(script)).toEqual(toldInHeader(script))
  })
})
