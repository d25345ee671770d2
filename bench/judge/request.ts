/** What lies between the application and Redis. */
export interface Network {
  /** Milliseconds. */
  readonly rtt: number
  readonly mbit: number
  /** Whether a real server was asked, or the user said so (both figures or one), or it is our assumption. */
  readonly origin: 'measured' | 'given' | 'partly given' | 'assumed'
}

/** Milliseconds and Mbit/s between two machines of one data centre. */
export const ASSUMED: Network = { rtt: 0.5, mbit: 1000, origin: 'assumed' }

/** A request opens its session and commits it. */
const ROUND_TRIPS = 2
/** Bytes of both, both ways, beside the two payloads: commands, keys, tokens; as counted by Redis. */
const WIRE_OVERHEAD = 895

/** Bytes that a request sends and receives for its session: the payload is read and written. */
export function wireOf(stored: number): number {
  return 2 * stored + WIRE_OVERHEAD
}

/** Milliseconds that a request spends on its session; what Redis itself computes is in the round trip. */
export function requestTime(stored: number, work: number, { rtt, mbit }: Network): number {
  return ROUND_TRIPS * rtt + (wireOf(stored) * 8) / (mbit * 1000) + work
}
