import { createHash } from 'node:crypto'
import type { Data } from '../../src/index.ts'
import type { Seen } from './history.ts'
import type { Visit } from './subject.ts'

/**
 * A session's data: the markers of all commits that led to it, in order, and a sum over them, so that a list which nobody
 * wrote is found out by whoever reads it.
 */
interface List {
  markers: string[]
  sum: string
  padding: string
}

export function seenIn({ data, writes }: Pick<Visit, 'data' | 'writes'>): Seen | undefined {
  const seen = seenInData(data)
  return seen && { ...seen, writes }
}

/** Undefined for a session without data. */
export function seenInData(data: Data): Omit<Seen, 'writes'> | undefined {
  const { markers, sum, padding } = data as unknown as Partial<List>
  if (markers === undefined && sum === undefined) return undefined
  const list = Array.isArray(markers) ? markers : []
  const whole = list.length > 0 && sum === sumOf(list, padding ?? '')
  const seen = { life: list[0] ?? '', last: list.at(-1) ?? '', count: list.length }
  return whole ? seen : { ...seen, torn: true }
}

/** Puts a marker at the end. */
export function extended(data: Data, marker: string, padding: number): void {
  const list = data as unknown as List
  list.markers = [...(list.markers ?? []), marker]
  list.padding = marker.repeat(Math.ceil(padding / marker.length))
  list.sum = sumOf(list.markers, list.padding)
}

export function first(marker: string): Data {
  const data: Data = {}
  extended(data, marker, 0)
  return data
}

function sumOf(markers: string[], padding: string): string {
  return createHash('sha1').update(markers.join(' ')).update(`;${padding.length}`).digest('base64url')
}
