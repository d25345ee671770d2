import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An authority, a server's certificate for `localhost` and a client's signed by it, and another authority that signed nothing. */
export interface Certificates {
  file(name: 'ca.crt' | 'other.crt' | 'redis.crt' | 'redis.key' | 'client.crt' | 'client.key'): string
  /** Arguments of a redis-server that shows its certificate and asks for the client's. */
  readonly serverArgs: string[]
  remove(): Promise<void>
}

export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-tls-'))
  const openssl = (...args: string[]) => {
    const ran = spawnSync('openssl', args, { cwd: folder })
    if (ran.status !== 0) throw new Error(`openssl ${args[0]}: ${ran.stderr}`)
  }
  // Made at once: an RSA key takes up to a second.
  const key = (name: string) => [
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`],
  ]
  for (const ca of ['ca', 'other']) {
    openssl('req', '-x509', ...key(ca), '-out', `${ca}.crt`, '-subj', `/CN=${ca}`, '-days', '2')
  }
  for (const [name, subject] of [
    ['redis', 'localhost'],
    ['client', 'shop'],
  ] as const) {
    const names = ['-subj', `/CN=${subject}`, '-addext', `subjectAltName=DNS:${subject}`]
    openssl('req', ...key(name), '-out', `${name}.csr`, ...names)
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy']
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.crt`, '-days', '2')
  }
  const file = (name: string) => join(folder, name)
  return {
    file,
    serverArgs: [
      ...['--tls-cert-file', file('redis.crt'), '--tls-key-file', file('redis.key')],
      ...['--tls-ca-cert-file', file('ca.crt'), '--tls-auth-clients', 'yes'],
    ],
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
