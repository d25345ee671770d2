import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

const CHANNEL = 'bare-wake'

/**
 * No contestant: it locks nothing and serves no requests. It is the least that one process can tell another by way of Redis
 * on this machine: SET and PUBLISH in one write, and a GET when the message comes.
 *
 * @type {import('./index.mjs').Contestant}
 */
export default {
  name: 'bare-wake',
  label: 'bare SET and PUBLISH, then GET',
  packages: ['ioredis'],
  settings: '',
  async open(url) {
    const redis = new Redis(url)
    const ear = new Redis(url)
    const self = randomUUID()
    let free = false
    let wake = () => {}
    ear.on('message', (_channel, from) => {
      if (from !== self) wake()
    })
    await ear.subscribe(CHANNEL)
    const write = (id, data) => redis.pipeline().set(id, JSON.stringify(data))
    return {
      hands: {
        async create(id, data) {
          await write(id, data).exec()
          free = true
        },
        async take(id) {
          if (!free) {
            await new Promise(resolve => {
              wake = resolve
            })
          }
          free = false
          const data = JSON.parse(await redis.get(id))
          return { data, commit: () => write(id, data).publish(CHANNEL, self).exec() }
        },
      },
      close: () => Promise.all([redis.quit(), ear.quit()]),
    }
  },
}
