// Writes config.schema.json, and config.example.json with every option at its default.
import { writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { toJsonSchema } from '@valibot/to-json-schema'
import { loadOptions } from '../src/config/index.ts'
import { optionsSchema } from '../src/config/options.ts'

export async function configFiles(): Promise<Record<string, string>> {
  // Looking up a secret has no equivalent in JSON Schema, and whether a URL leads to Redis is checked by code.
  const { properties, ...schema } = toJsonSchema(optionsSchema({}), {
    typeMode: 'input',
    errorMode: 'ignore',
  })
  return {
    'config.schema.json': json({ ...schema, properties: { $schema: { type: 'string' }, ...properties } }),
    'config.example.json': json({ $schema: './config.schema.json', ...(await loadOptions({}, {})) }),
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, text] of Object.entries(await configFiles())) {
    await writeFile(new URL(`../${name}`, import.meta.url), text)
  }
}
