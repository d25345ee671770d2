import type { Redis } from 'ioredis'
import { eventually } from '../../support/sessions.ts'
import { FILLER } from '../layout.ts'

const LOOK_MS = 500

/** Resolves when so many replicas have all that this master, which has this record's slot, has acknowledged by now. */
export async function inStep(master: Redis, replicas: number, record: string): Promise<void> {
  await master.set(`${FILLER}{${record}}`, '', 'EX', 60)
  await eventually(async () => (await master.wait(replicas, LOOK_MS)) >= replicas, 20)
}
