import { Redis } from 'ioredis'

export interface Counted {
  /** Commands that clients sent; what scripts call inside is not counted. */
  commands: string[]
}

/** What the server itself says it was sent while `work` ran, by anybody but the counter. */
export async function countOnServer(path: string, work: () => Promise<void>): Promise<Counted> {
  const client = new Redis({ path, protocol: 2 } as never)
  const monitor = await client.monitor()
  const commands: string[] = []
  let ended: () => void = () => {}
  const end = new Promise<void>(resolve => {
    ended = resolve
  })
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (args[0] === 'echo' && args[1] === END) ended()
    else if (source !== 'lua') commands.push((args[0] ?? '').toLowerCase())
  })
  await work()
  // MONITOR is in order: what was sent before this has been seen when this is.
  const marker = new Redis({ path })
  await marker.echo(END)
  await end
  marker.disconnect()
  monitor.disconnect()
  client.disconnect()
  return { commands: commands.filter(command => !CONNECTING.has(command)) }
}

const END = 'end of the count'
const CONNECTING = new Set(['info', 'hello', 'client', 'select', 'auth', 'command'])
