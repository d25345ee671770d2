import type { Data } from '../codec/json.ts'
import type { Decoded, Serializer } from '../codec/serializer.ts'

/** What is stored in a record, as text, as far as a request knows it: a session has changed if its data has another text. */
export class StoredText {
  readonly serializer: Serializer
  /** Undefined for data from elsewhere. */
  source: string | undefined
  /** Of what was read last: it holds for later writes too. */
  #origin: unknown

  constructor(serializer: Serializer, { source, origin }: Pick<Decoded, 'source' | 'origin'>) {
    this.serializer = serializer
    this.source = source
    this.#origin = origin
  }

  read({ source, origin }: Decoded): void {
    this.source = source
    this.#origin = origin
  }

  /** The same data for another record, in which nothing is stored yet. */
  get followed(): Pick<Decoded, 'origin'> {
    return { origin: this.#origin }
  }

  /** The data as it would be read again. Throws for what cannot be stored. */
  copyOf(data: object): Data {
    return this.serializer.read(this.serializer.bytes(this.make(data as Data))).data
  }

  /** The data as it would be stored. Throws for what cannot be. */
  make(data: Data): string {
    return this.serializer.text(data, this.#origin)
  }

  /** The same, and undefined for what cannot be stored: the commit says why. */
  of(data: object): string | undefined {
    try {
      return this.make(data as Data)
    } catch {
      return undefined
    }
  }
}
