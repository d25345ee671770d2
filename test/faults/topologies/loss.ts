// What was acknowledged and is not so afterwards: sessions stored once, and sessions destroyed once.
import type { Cluster, Redis } from 'ioredis'
import { loadOptions } from '../../../src/config/load.ts'
import { createSessions, type OptionsInput } from '../../../src/index.ts'
import { createClient, isCluster } from '../../../src/redis/client.ts'
import { recordName } from '../../../src/session-id.ts'
import { eventually, storedIn } from '../../support/sessions.ts'
import { Milestones } from './milestones.ts'

interface Act {
  id: string
  did: 'stored' | 'destroyed'
  /** Replicas that had it when WAIT answered, `WAIT_MS` later at most. */
  replicas: number
}

export interface Acting {
  readonly acts: Act[]
  /** Resolves after so many more acts were acknowledged. */
  goesOn(acts: number): Promise<void>
  stop(): Promise<void>
}

const LANES = 8
/** All that comes on the same connection waits behind it. */
const WAIT_MS = 40

/** Stores and destroys sessions as fast as they are acknowledged, and asks after each how many replicas have it. */
export async function startActing(options: OptionsInput, toDestroy = 1000): Promise<Acting> {
  const { redis, prefix, naming } = await loadOptions(options)
  const client = createClient(redis)
  const sessions = await createSessions({ logLevel: 'silent', ...options }, { client })
  // Finding the master may take longer than a request waits, and so may all commits of the doomed at once.
  await eventually(() => sessions.ping().then(() => true, () => false)) // biome-ignore format: one step
  const doomed: string[] = []
  while (doomed.length < toDestroy) {
    doomed.push(...(await Promise.all(Array.from({ length: LANES }, () => storedIn(sessions, { n: 1 })))))
  }
  const acts: Act[] = []
  let stopped = false
  const milestones = new Milestones()
  const replicasWith = async (id: string): Promise<number> => {
    const record = `${prefix}${recordName(id, naming)}`
    const node = isCluster(client) ? await nodeOf(client, record) : (client as Redis)
    return node?.wait(2, WAIT_MS).catch(() => 0) ?? 0
  }
  const acknowledged = async (id: string, did: Act['did']) => {
    acts.push({ id, did, replicas: await replicasWith(id) })
    milestones.count()
  }
  let turn = 0
  const act = async (): Promise<void> => {
    turn += 1
    const id = turn % 2 === 0 ? doomed.pop() : undefined
    if (id) {
      await sessions.destroy(id)
      await acknowledged(id, 'destroyed')
    } else {
      const session = await sessions.open()
      session.data.n = 1
      const outcome = await session.commit()
      if (outcome.written) await acknowledged(session.id, 'stored')
    }
  }
  const lane = async () => {
    while (!stopped) {
      await act().catch(() => new Promise(resolve => setTimeout(resolve, 20)))
    }
  }
  const lanes = Array.from({ length: LANES }, lane)
  return {
    acts,
    goesOn: more => milestones.more(more),
    async stop() {
      if (stopped) return
      stopped = true
      await Promise.all(lanes)
      await sessions.close({ grace: 0 })
      client.disconnect()
    },
  }
}

/** The connection on which commands for this key went out: WAIT is about what was sent on its own. */
async function nodeOf(cluster: Cluster, key: string): Promise<Redis | undefined> {
  const [address] = cluster.slots[await cluster.cluster('KEYSLOT', key)] ?? []
  return cluster.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === address)
}

export interface Loss {
  stored: number
  storedLost: number
  destroyed: number
  destroysUndone: number
}

/** Of all that was acknowledged, of what one replica had by then, and of what both had. */
export type Losses = [acknowledged: Loss, byOne: Loss, byBoth: Loss]

export async function countLoss({ acts }: Acting, options: OptionsInput): Promise<Losses> {
  const judge = await createSessions({ logLevel: 'silent', ...options })
  const none = (): Loss => ({ stored: 0, storedLost: 0, destroyed: 0, destroysUndone: 0 })
  const losses: Losses = [none(), none(), none()]
  const left = [...acts]
  const lane = async () => {
    for (let act = left.pop(); act; act = left.pop()) {
      const there = (await judge.inspect(act.id)) !== undefined
      for (const loss of losses.slice(0, act.replicas + 1)) {
        loss[act.did] += 1
        if (act.did === 'stored' && !there) loss.storedLost += 1
        if (act.did === 'destroyed' && there) loss.destroysUndone += 1
      }
    }
  }
  await Promise.all(Array.from({ length: 20 }, lane))
  await judge.close({ grace: 0 })
  return losses
}

export function showLosses(what: string, losses: Losses): void {
  const line = ({ stored, storedLost, destroyed, destroysUndone }: Loss) =>
    `${storedLost} of ${stored} commits, ${destroysUndone} of ${destroyed} destroys`
  const [all, one, both] = losses.map(line)
  process.stderr.write(
    `Lost by ${what}: acknowledged ${all} · WAIT said one replica: ${one} · both replicas: ${both}\n`,
  )
}

export const lost = ({ storedLost, destroysUndone }: Loss): number => storedLost + destroysUndone
