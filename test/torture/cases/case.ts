import type { Line } from '../history.ts'
import type { AtRest } from '../rules/rule.ts'

export interface Case {
  told: string
  history: Line[][]
  rest?: AtRest
}

/** By promise: what breaks it, and what looks like that and does not. */
export type Cases = Record<string, { guilty: Case[]; innocent: Case[] }>
