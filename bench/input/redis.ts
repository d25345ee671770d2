import { openSampler, type Sampled } from '#redis/sample'
import { memoryOf, OUTSIDE_OF_USAGE } from '../judge/memory.ts'
import { median } from '../measure/statistics.ts'
import { messageOf, Problem } from '../problem.ts'
import { randomFrom } from '../random.ts'
import { count } from '../units.ts'
import { admit } from './admit.ts'
import { banded } from './bands.ts'
import { BUDGET, type Input, LARGEST } from './input.ts'

export interface RedisInput {
  readonly url: string
  readonly sample: number
  readonly prefix: string | undefined
  readonly any: boolean
  readonly seed: number
  readonly step: (what: string) => void
}

/** A user's own sessions. Ids stay in the sampler, contents in this process. */
export async function fromRedis(options: RedisInput, environment: NodeJS.ProcessEnv): Promise<Input> {
  try {
    return await read(options, environment)
  } catch (error) {
    throw error instanceof Problem ? error : new Problem(messageOf(error))
  }
}

async function read(options: RedisInput, environment: NodeJS.ProcessEnv): Promise<Input> {
  const sampler = await openSampler(options.url, environment)
  try {
    const prefix = options.prefix ?? sampler.prefix
    const found = await sampler.sample({
      prefix,
      count: options.sample,
      bytes: BUDGET,
      largest: LARGEST,
      random: randomFrom(options.seed),
      step: options.step,
    })
    const shown = JSON.stringify(prefix)
    if (found.keys === 0) {
      throw new Problem(
        `${sampler.server} has no key that begins with ${shown}: is it the right database, or is the prefix another one (--prefix)?`,
      )
    }
    const admitted = await admit(
      found.payloads.map(({ payload, kind }) => ({ payload, trusted: kind === 'hash' || options.any })),
    )
    if (admitted.sessions.length === 0) {
      throw new Problem(
        `${sampler.server} has ${count(found.keys, 'key')} beginning with ${shown}, but ${none(found, admitted)}: a session is a hash with a field "data", or a text that is JSON or PHP's.`,
      )
    }
    return {
      source: `${sampler.server}, ${admitted.sessions.length} of ${found.sawAll ? '' : 'more than '}${count(found.keys, 'key')} beginning with ${shown}`,
      groups: banded(admitted.sessions),
      notes: [
        ...(found.sawAll ? [] : ['Not all keys were seen in 30 seconds: the sample is of those that were.']),
        ...(found.tooLarge > 0 ? [`Left out: ${count(found.tooLarge, 'session')} of more than 1 MB.`] : []),
        ...(found.strangers > 0 ? [`Left out: ${count(found.strangers, 'key')} without a session.`] : []),
        ...(found.left > 0 ? [`Left out: ${count(found.left, 'key')}, as 24 MB are measured.`] : []),
        ...admitted.notes,
      ],
      server: {
        version: sampler.version,
        network: await sampler.network(),
        overhead: overheadOf(found.usages),
      },
    }
  } finally {
    sampler.close()
  }
}

function none({ strangers, tooLarge }: Sampled, { damaged }: { damaged: number }): string {
  if (damaged > 0) return `of ${count(damaged, 'session')} none could be decompressed`
  if (tooLarge > 0 && strangers === 0) return 'each of them holds more than 1 MB'
  return 'none that was read is a session'
}

function overheadOf(usages: Sampled['usages']): number | undefined {
  const fitting = usages.filter(({ payload }) => payload > 64)
  if (fitting.length === 0) return undefined
  return Math.max(
    0,
    median(fitting.map(({ usage, payload }) => usage + OUTSIDE_OF_USAGE - memoryOf(payload, 0))),
  )
}
