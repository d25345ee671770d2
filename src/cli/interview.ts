import { createInterface, type Interface } from 'node:readline'
import { WrongUse } from './command.ts'

/** Questions and answers, a line each: of a person at a terminal, or of a file. */
export class Interview {
  readonly #line: Interface
  readonly #lines: AsyncIterator<string>

  constructor() {
    this.#line = createInterface({ input: process.stdin })
    // Lines that come before they are asked for are kept.
    this.#lines = this.#line[Symbol.asyncIterator]()
  }

  /**
   * @param wrong says what is wrong with an answer, which is then asked for again; undefined where it is right
   * @returns the answer, or `usual` for an empty line
   */
  async ask(question: string, usual: string, wrong: (answer: string) => string | undefined): Promise<string> {
    for (;;) {
      process.stderr.write(`${question} [${usual}] `)
      const { value, done } = await this.#lines.next()
      if (done) throw new WrongUse('the answers ended too early: add --yes to take what is usual')
      const answer = String(value).trim() || usual
      const complaint = wrong(answer)
      if (complaint === undefined) return answer
      process.stderr.write(`${complaint}\n`)
    }
  }

  close(): void {
    this.#line.close()
  }
}
