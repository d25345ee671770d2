// What the clients of a scene want. Each is as small as what it is for allows: its schedules are all tried.
import type { Left, Scene } from './world.ts'

export const SCENES: readonly Scene[] = [
  {
    name: 'three writers, one of whose answers gets lost',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
      { process: 'p', requests: ['write'] },
    ],
    left: { losses: 1 },
  },
  {
    name: 'three writers that leave, break locks and lose them',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
      { process: 'p', requests: ['write'] },
    ],
    left: { losses: 1, leaves: 1, lapses: 1, breaks: 1 },
  },
  {
    name: 'writers that keep their lock, and lose it',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
    ],
    left: { losses: 1, breaks: 1, lapses: 1 },
    keeps: 1,
    renews: true,
  },
  {
    name: 'an optimistic commit beside writers',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'p', requests: ['optimistic'] },
      { process: 'q', requests: ['write'] },
    ],
    left: { losses: 1, lapses: 1 },
    releases: true,
  },
  {
    name: 'a session that ends, and another one under its name',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'p', requests: ['optimistic'] },
      { process: 'q', requests: ['destroy', 'create'] },
    ],
    left: { losses: 1, endings: 1, evictions: 1 },
  },
  {
    name: 'two that create the same session',
    clients: [
      { process: 'p', requests: ['create'] },
      { process: 'q', requests: ['create'] },
      { process: 'p', requests: ['write'] },
    ],
    left: { losses: 2, evictions: 1 },
    keeps: 1,
  },
  {
    name: 'a login beside a writer and its waiter',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
      { process: 'q', requests: ['login', 'create'] },
    ],
    left: { losses: 1, leaves: 1, endings: 1 },
    keeps: 1,
  },
  {
    name: 'a login that loses its lock',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['login', 'create'] },
      { process: 'r', requests: ['destroy'] },
    ],
    left: { losses: 1, lapses: 1, breaks: 1, endings: 1 },
  },
  {
    name: 'a rotation beside a waiter with the old id, and a logout',
    clients: [
      { process: 'p', requests: ['rotate'] },
      { process: 'q', requests: ['write', 'write'] },
      { process: 'r', requests: ['destroy'] },
    ],
    left: { losses: 1, lapses: 1, endings: 1 },
  },
  {
    name: 'PHP beside a writer that comes back',
    clients: [
      { process: 'p', requests: ['write', 'write'] },
      { process: 'php', requests: ['php'] },
    ],
    left: { polls: 2 },
  },
  {
    name: 'PHP beside two writers',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
      { process: 'php', requests: ['php'] },
    ],
    left: { lapses: 1, polls: 2, breaks: 1 },
  },
  {
    name: 'PHP beside a logout',
    clients: [
      { process: 'p', requests: ['write', 'optimistic'] },
      { process: 'q', requests: ['destroy'] },
      { process: 'php', requests: ['php'] },
    ],
    left: { losses: 1, polls: 1, endings: 1 },
  },
  {
    name: 'an unlocked commit beside a writer and its waiter',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
      { process: 'q', requests: ['unlocked'] },
    ],
    left: { losses: 1, lapses: 1, evictions: 1 },
    keeps: 1,
    releases: true,
  },
  {
    name: 'messages that come late',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
      { process: 'r', requests: ['write'] },
    ],
    left: { lapses: 1 },
    releases: true,
    renews: true,
    late: true,
  },
  {
    name: 'a message that comes late, beside a request of the same process that hands the lock on',
    clients: [
      { process: 'p', requests: ['write', 'write'] },
      { process: 'q', requests: ['write'] },
      { process: 'q', requests: ['write'] },
    ],
    left: { lapses: 1 },
    late: true,
  },
  {
    name: 'a session that begins anew while others wait for the one before',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
      { process: 'r', requests: ['destroy', 'create'] },
    ],
    left: { losses: 1, endings: 1 },
    keeps: 1,
    late: true,
  },
  {
    name: 'a process that hears no messages',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
      { process: 'q', requests: ['write'] },
    ],
    left: { lapses: 1, deafness: 1 },
  },
  {
    name: 'more commits than a record remembers',
    clients: [
      { process: 'p', requests: ['write', 'write'] },
      { process: 'q', requests: ['write', 'write'] },
    ],
    left: { losses: 2, breaks: 1 },
    shortMemory: true,
  },
]

/** The same with everything unusual so many times, and with so many clients: more than there are begin again with the first. */
export function scaled(scene: Scene, times: number, clients: number): Scene {
  const left = Object.entries(scene.left).map(([what, often]) => [what, often * times])
  const all = Array.from(
    { length: clients },
    (_, n) => scene.clients[n % scene.clients.length] as Scene['clients'][number],
  )
  return { ...scene, left: Object.fromEntries(left) as Partial<Left>, clients: all }
}
