import type { Problem } from '../config/option-error.ts'
import { factsOf } from '../redis/node-facts.ts'
import { command, DONE, FAILED } from './command.ts'
import { atDesk, optionsOf } from './desk.ts'
import { connectionFindings } from './doctor/connection.ts'
import type { Level } from './doctor/finding.ts'
import { keyFindings } from './doctor/keys.ts'
import { optionFindings } from './doctor/options.ts'
import { serverFindings } from './doctor/server.ts'
import { doctorText, type Found } from './doctor/text.ts'
import { answer } from './output.ts'

export const doctor = command({
  usage: 'doctor',
  describe: 'Checks the configuration, the server and its keys, and says what to do about what it finds',
  examples: [
    ['latchkey doctor', 'exit code 1 where sessions are lost, or will be'],
    ['latchkey doctor --json', 'for a deployment'],
  ],
  options: line => line,
  run: given =>
    atDesk(given, async desk => {
      const doubts: Problem[] = []
      const configured = optionsOf(given, {}, doubt => doubts.push(doubt))
      const found: Found[] = [
        ...optionFindings(configured, doubts, desk.codec.unavailable),
        ...(await connectionFindings(desk, configured)),
      ]
      const { cluster, sentinel } = configured.redis
      for (const node of desk.overview.nodes()) {
        const facts = await factsOf(node)
        const findings = serverFindings(facts, Boolean(cluster ?? sentinel), Boolean(cluster))
        found.push(...findings.map(finding => (cluster ? { ...finding, server: facts.at } : finding)))
      }
      found.push(...(await keyFindings(desk)))
      found.sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level))
      const loses = found.some(({ level }) => level === 'loss')
      answer(given.json, { server: desk.server, losesData: loses, findings: found }, () =>
        doctorText(found, desk.server),
      )
      return loses ? FAILED : DONE
    }),
})

const ORDER: readonly Level[] = ['loss', 'warning', 'note', 'good']
