// What the processes of a scene do. r has seen the sessions that are there from the beginning, so it believes in them for a while.
import type { Scene } from './world.ts'

export const SCENES: readonly Scene[] = [
  {
    name: 'an end beside a commit and a reader',
    async begins(world) {
      const id = await world.loggedIn()
      return [() => world.commits('p', id), () => world.endsAll('q'), () => world.reads('r', id)]
    },
  },
  {
    name: 'an end that may die, beside a commit and a reader',
    mortal: 'q',
    async begins(world) {
      const id = await world.loggedIn()
      return [() => world.commits('p', id), () => world.endsAll('q'), () => world.reads('r', id)]
    },
  },
  {
    name: 'an end beside a login, and a session of before',
    async begins(world) {
      await world.loggedIn()
      const visitor = await world.visitor()
      return [() => world.logsIn('p', visitor), () => world.endsAll('q')]
    },
  },
  {
    name: 'an end that may die, beside a login',
    mortal: 'q',
    async begins(world) {
      await world.loggedIn()
      const visitor = await world.visitor()
      return [() => world.logsIn('p', visitor), () => world.endsAll('q')]
    },
  },
  {
    name: 'an end beside a login that may die',
    mortal: 'p',
    async begins(world) {
      const visitor = await world.visitor()
      return [() => world.logsIn('p', visitor), () => world.endsAll('q')]
    },
  },
  {
    name: 'an end beside two logins',
    async begins(world) {
      const visitors = [await world.visitor(), await world.visitor()] as const
      return [
        () => world.logsIn('p', visitors[0]),
        () => world.logsIn('r', visitors[1]),
        () => world.endsAll('q'),
      ]
    },
  },
  {
    name: 'an end that spares a session, beside its commit',
    async begins(world) {
      const id = await world.loggedIn()
      await world.loggedIn()
      return [() => world.commits('p', id), () => world.endsAll('q', id), () => world.reads('r', id)]
    },
  },
  {
    name: 'an end beside a new id for a session',
    async begins(world) {
      const id = await world.loggedIn()
      return [() => world.rotates('p', id), () => world.endsAll('q')]
    },
  },
  {
    name: 'two logins, one of which may die, for one place',
    mortal: 'p',
    max: 1,
    async begins(world) {
      await world.loggedIn()
      const visitors = [await world.visitor(), await world.visitor()] as const
      return [
        () => world.logsIn('p', visitors[0], { max: 1 }),
        () => world.logsIn('q', visitors[1], { max: 1 }),
      ]
    },
  },
]
