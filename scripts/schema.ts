// Writes what is made from src/config/options.ts: config.schema.json, config.example.json with every option at its default, the
// interfaces in src/config/options-input.ts, and the table of options in docs/configuration.md.
import { readFile, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { toJsonSchema } from '@valibot/to-json-schema'
import { loadOptions } from '../src/config/load.ts'
import { optionsSchema } from '../src/config/options.ts'
import { DURATION, durationText, SIZE, sizeText } from '../src/config/units.ts'
import { optionsType, type Property } from './options-type.ts'

export async function configFiles(): Promise<Record<string, string>> {
  // Looking up a secret has no equivalent in JSON Schema, and whether a URL leads to Redis is checked by code.
  const { properties, ...schema } = toJsonSchema(optionsSchema({}), {
    typeMode: 'input',
    errorMode: 'ignore',
  })
  const whole = { ...schema, properties: { $schema: { type: 'string' }, ...properties } }
  return {
    'config.schema.json': json(whole),
    'config.example.json': json({ $schema: './config.schema.json', ...(await loadOptions({}, {})) }),
    'src/config/options-input.ts': optionsType(whole as Property),
  }
}

const PAGE = new URL('../docs/configuration.md', import.meta.url)
const TABLE = /(<!-- options: npm run schema -->\n)[\s\S]*?(<!-- end of options -->)/

/** docs/configuration.md as it is, with the table of options as they are now. */
export async function configurationPage(): Promise<string> {
  const schema = JSON.parse((await configFiles())['config.schema.json'] ?? '{}') as Property
  const rows = ['| option | default | meaning |', '| --- | --- | --- |', ...rowsOf(schema, '')]
  return (await readFile(PAGE, 'utf8')).replace(
    TABLE,
    (_, begin, end) => `${begin}${rows.join('\n')}\n${end}`,
  )
}

function rowsOf({ properties = {} }: Property, path: string): string[] {
  return Object.entries(properties).flatMap(([name, property]) => {
    if (name === '$schema') return []
    const inner = [property, ...(property.anyOf ?? [])].find(isDescribed)
    const { description = '' } = property
    const row = `| \`${path}${name}\` | ${defaultOf(property)} | ${description.replaceAll('|', '\\|')} |`
    // The two shapes of TLS are alike; they are told once.
    const told = path !== '' && name === 'tls' && path !== 'redis.'
    const { items } = property
    if (items && isDescribed(items)) return [row, ...rowsOf(items, `${path}${name}[].`)]
    return inner && !told ? [...(path === '' ? [] : [row]), ...rowsOf(inner, `${path}${name}.`)] : [row]
  })
}

/** An object whose members say what they are for. */
function isDescribed({ properties = {} }: Property): boolean {
  return Object.values(properties).some(({ description }) => description !== undefined)
}

/** With the text that says the same, where the option takes one: `30` or `"30s"`. */
function defaultOf(property: Property): string {
  if (!('default' in property)) return 'required'
  const value = property.default
  const patterns = (property.anyOf ?? []).map(({ pattern }) => pattern)
  const text = patterns.includes(DURATION.source)
    ? durationText(Number(value))
    : patterns.includes(SIZE.source) && sizeText(Number(value))
  return text && value !== 0 ? `\`${value}\` or \`"${text}"\`` : `\`${JSON.stringify(value)}\``
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, text] of Object.entries(await configFiles())) {
    await writeFile(new URL(`../${name}`, import.meta.url), text)
  }
  await writeFile(PAGE, await configurationPage())
}
