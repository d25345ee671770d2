// What the clients of a scene want. Each is as small as what it is for allows: its schedules are all tried.
import type { Scene } from './world.ts'

export const SCENES: readonly Scene[] = [
  {
    name: 'three writers of two processes, whose answers get lost',
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
    name: 'PHP beside two writers',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
      { process: 'php', requests: ['php'] },
    ],
    left: { lapses: 1, polls: 2, breaks: 1 },
  },
  {
    name: 'messages that come late',
    clients: [
      { process: 'p', requests: ['write'] },
      { process: 'q', requests: ['write'] },
      { process: 'r', requests: ['write'] },
    ],
    left: { lapses: 1 },
    late: true,
  },
]
