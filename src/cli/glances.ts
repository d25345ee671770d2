import type { Glance } from '../redis/overview.ts'
import type { Desk } from './desk.ts'
import { createProgress } from './output.ts'
import { count } from './units.ts'

/** Everything under the prefix, in batches, with a bar on a terminal. */
export async function* allGlances({ overview }: Desk): AsyncIterable<Glance[]> {
  const progress = createProgress(await overview.size())
  let through = 0
  let found = 0
  const seen = (keys: number) => {
    through = keys
  }
  try {
    for await (const names of overview.names('', seen)) {
      const glances = (await overview.glance(names)).filter(({ kind }) => kind !== 'missing')
      found += glances.length
      progress.show(through, `${count(found, 'key')} under ${overview.prefix}`)
      yield glances
    }
  } finally {
    progress.clear()
  }
}
