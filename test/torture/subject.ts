import type { Access, CommitOutcome, Data, OpenOptions } from '../../src/index.ts'

/** What is tortured: Latchkey's sessions, or a store that follows another algorithm. */
export interface Subject {
  open(id: string, options: OpenOptions): Promise<Visit>
  create(id: string, options: OpenOptions): Visit
  update(
    id: string,
    change: (data: Data) => void | Promise<void>,
    options: OpenOptions,
  ): Promise<CommitOutcome>
  destroy(id: string): Promise<boolean>
  close(options?: { grace?: number }): Promise<void>
}

export interface Visit {
  readonly id: string
  data: Data
  readonly isNew: boolean
  readonly isOver?: boolean
  readonly locked: boolean
  readonly writes: number
  commit(options?: { keep?: boolean }): Promise<CommitOutcome>
  /** Asks for the lock, if it was opened without. False if it did not get it. */
  upgrade(): Promise<boolean>
  release(): Promise<unknown>
  destroy(): Promise<void>
  regenerate(): Promise<void>
}

/** What a subject tells besides: which request waits for whom, and which took the lock from whom. */
export interface Notes {
  looked(request: string, asked: number, holder: string): void
  took(request: string, asked: number, from: string, because: 'broken' | 'lapsed'): void
}

export type { Access }
