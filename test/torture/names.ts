/**
 * The ids under which the clients of one process find the sessions that they share with others. A session that was destroyed
 * may leave something behind under its id that refuses a new one for a while. Then the id after it is taken, by every process
 * on its own: whoever comes late is refused as well, or finds what another has begun there.
 */
export class Names {
  readonly #turns = new Map<string, number>()

  idOf(name: string): string {
    const turn = this.#turns.get(name) ?? 0
    return turn === 0 ? name : nameInTurn(name, turn)
  }

  /** `id` is refused for now. Another client of this process may have gone on already. */
  goOn(name: string, id: string): void {
    if (this.idOf(name) === id) this.#turns.set(name, (this.#turns.get(name) ?? 0) + 1)
  }
}

function nameInTurn(name: string, turn: number): string {
  return `${name}-turn-${turn}`
}

/** Of which turn of a name this is the id; undefined for another name's. */
export function turnOf(name: string, id: string): number | undefined {
  if (id === name) return 0
  const turn = Number(id.startsWith(`${name}-turn-`) ? id.slice(`${name}-turn-`.length) : Number.NaN)
  return Number.isInteger(turn) ? turn : undefined
}
