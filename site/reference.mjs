// Writes docs/reference/: a page for each entry of package.json, made from the types and what stands above them. Fails if
// an export, a member or an option has no description, or if a public type leads to one that is not exported.
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'
import { undocumented } from './undocumented.mjs'

const site = dirname(fileURLToPath(import.meta.url))
const root = dirname(site)
const folder = join(root, 'docs/reference')
const { exports, homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The name of each entry, and the source that it is compiled from. */
const entries = Object.entries(exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([name, { types }]) => ({
    name: name.replace('.', 'latchkey'),
    file: join(root, types.replace('./dist/', 'src/').replace('.d.ts', '.ts')),
  }))

const app = await Application.bootstrapWithPlugins({
  plugin: ['typedoc-plugin-markdown'],
  outputs: [{ name: 'markdown', path: folder }],
  entryPoints: entries.map(({ file }) => file),
  tsconfig: join(site, 'tsconfig.json'),
  basePath: root,
  name: 'Reference',
  groupOrder: ['Functions', 'Classes', 'Interfaces', 'Type Aliases', '*'],
  ...{ excludeInternal: true, excludePrivate: true, excludeExternals: true },
  ...{ disableGit: true, sourceLinkTemplate: homepage.replace('#readme', '/blob/main/src/{path}#L{line}') },
  validation: { notDocumented: false, notExported: true, invalidLink: true },
  // Helpers of types, and shapes that the text beside them tells.
  intentionallyNotExported: [
    'DeepReadonly',
    'OptionsSchema',
    'Declared',
    'Change',
    'Done',
    'Got',
    'Request',
    'SessionRequest',
  ],
  ...{ treatValidationWarningsAsErrors: true, readme: 'none', hideBreadcrumbs: true, hidePageHeader: true },
  ...{
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
  },
  ...{ outputFileStrategy: 'modules', useCodeBlocks: true, expandParameters: true },
})

const project = await app.convert()
if (project === undefined) process.exit(1)
for (const page of project.children ?? []) {
  const source = page.sources?.[0]?.fullFileName
  page.name = entries.find(({ file }) => file === source)?.name ?? page.name
}
app.validate(project)
for (const name of undocumented(project)) app.logger.error(`${name} has no description`)
if (app.logger.hasErrors() || app.logger.validationWarningCount > 0) process.exit(1)
await rm(folder, { recursive: true, force: true })
await app.generateOutputs(project)
if (app.logger.hasErrors()) process.exit(1)
