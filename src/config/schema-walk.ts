import type * as v from 'valibot'

/** The parts of valibot's schemas that hold other schemas. The options of a picklist are none. */
interface Parts {
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly wrapped?: v.GenericSchema
  readonly options?: readonly v.GenericSchema[]
  readonly item?: v.GenericSchema
}

/** The object or list that a schema accepts, under what makes it optional, nullable or one of several. */
export function unwrap(schema: v.GenericSchema): Parts {
  const parts = schema as Parts
  if (parts.wrapped !== undefined) return unwrap(parts.wrapped)
  if (schema.type !== 'union') return parts
  return parts.options?.map(unwrap).find(branch => branch.entries !== undefined) ?? parts
}

/** Dotted names of all options, those of list items without their number. */
export function namesOf(schema: v.GenericSchema, prefix = ''): string[] {
  const { entries, item } = unwrap(schema)
  if (item !== undefined) return namesOf(item, prefix)
  return Object.entries(entries ?? {}).flatMap(([key, entry]) => [
    prefix + key,
    ...namesOf(entry, `${prefix}${key}.`),
  ])
}
