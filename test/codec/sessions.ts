// What a shop stores and reads again, whichever way its sessions are compressed.
import { expect } from '@jest/globals'
import type { Sessions } from '../../src/index.ts'

export const CART = {
  items: Array.from({ length: 80 }, (_, i) => ({ sku: `SKU-${i}`, qty: i, name: 'Käse „jung“ 🧀' })),
}
export const LARGE = {
  items: Array.from({ length: 24_000 }, (_, i) => ({ sku: `SKU-${i * 7919}`, qty: i % 7 })),
}

export async function stored(sessions: Sessions, data: object): Promise<string> {
  const session = await sessions.open()
  session.data = structuredClone(data) as Record<string, unknown>
  expect(await session.commit()).toMatchObject({ written: true })
  return session.id
}

export async function dataOf(sessions: Sessions, id: string): Promise<Record<string, unknown>> {
  const session = await sessions.open(id)
  expect(session.isNew).toBe(false)
  await session.release()
  return session.data
}
