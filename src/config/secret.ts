import * as v from 'valibot'
import { group, text } from './shapes.ts'

/** The advice where a secret is looked up and not there. */
const UNSET = 'that variable is not set'

/** A text, looked up in `environment` where it is `{ "env": "NAME" }`. */
export function secretFrom(environment: NodeJS.ProcessEnv) {
  return looked(
    environment,
    'a text, or { "env": "NAME" } where the variable NAME is set',
    () => undefined,
    'A text, or { "env": "NAME" }.',
  )
}

/**
 * The same for one of a certain form.
 *
 * @param expected completes the sentence "<option>: expected …"
 * @param wrong what is wrong with a text, without a part of it; undefined where nothing is
 */
export function looked(
  environment: NodeJS.ProcessEnv,
  expected: string,
  wrong: (secret: string) => string | undefined,
  description: string,
) {
  return v.pipe(
    v.union(
      [text(expected), group({ env: text('the name of an environment variable') }, expected)],
      expected,
    ),
    v.description(description),
    v.rawTransform(({ dataset: { value }, addIssue, NEVER }): string => {
      const found: unknown = typeof value === 'string' ? value : environment[value.env]
      // An empty variable is one that a deployment forgot to fill; `constructor` is a function on every object.
      const isSet = typeof found === 'string' && found !== ''
      const received = isSet ? wrong(found) : UNSET
      if (isSet && received === undefined) return found
      addIssue({ message: expected, received: received ?? UNSET })
      return NEVER
    }),
  )
}
